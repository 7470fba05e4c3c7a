"""What of other people's packages a config may not name: tables in the form of `forbidden.py`, which takes them in.

These packages are well known, and each of these names does with a text or a file what Python's own forbidden names do.
"""

from __future__ import annotations

from typing import Final

NEVER: Final = {
    "it runs programs": {
        "PIL": "ImageGrab ImageShow",
        "PIL.EpsImagePlugin": "Ghostscript has_ghostscript",
        "PIL.Image": "Image.show",
        "absl.testing": "absltest",
        "click": "_termui_impl",
        "click.termui": "echo_via_pager edit launch",
        "functorch.dim": "magic_trace",
        "graphviz": "backend piping rendering unflattening",
        "hydra": "test_utils",
        "matplotlib": "animation testing texmanager",
        "matplotlib.cbook": "_check_and_log_subprocess",
        "matplotlib.backends.backend_pgf": "LatexManager make_pdf_to_png_converter",
        "matplotlib.backends.backend_ps": "gs_distill pstoeps xpdf_distill",
        "mmengine.utils.package_utils": "call_command",
        "pexpect": "run runu",
        "pexpect.pty_spawn": "spawn",
        "psutil": "Popen",
        "rich": "pager",
        "sh": "Command",
        "tensorboard": "manager notebook",
        "tensorboard.data": "server_ingester",
        "torch._dynamo": "debug_utils repro test_minifier_common",
        "torch.backends": "xeon",
        "torch.distributed": "debug launch launcher run",
        "torch.distributed.elastic": "agent control_plane rendezvous timer",
        "typer.main": "launch",
        "torch.utils": "collect_env",
    },
    "it runs code from text, files or the network": {
        "IPython": "embed start_ipython terminal",
        "IPython.core": "interactiveshell",
        "PIL.ImageMath": "eval lambda_eval unsafe_eval",
        "_pytest": "pathlib",
        "_pytest.config": "console_main main",
        "attr._make": "_compile_and_eval _linecache_and_compile make_class",
        "decorator": "FunctionMaker",
        "jinja2.environment": "Environment.compile_expression TemplateExpression.__call__",
        "jinja2.loaders": "ModuleLoader",
        "jinja2.nativetypes": "NativeTemplate.render NativeTemplate.render_async",
        "jinja2": "bccache runtime",
        "mako.template": "Template",
        "mmengine.config.config": "Config.fromfile Config.fromstring Config._file2dict Config._parse_lazy_import",
        "mpmath": "doctests runtests tests",
        "mpmath.identification": "identify",
        "mypy": "api main",
        "networkx.utils.decorators": "argmap",
        "numexpr.necompiler": "evaluate re_evaluate",
        "numpy": "_pytesttester distutils f2py",
        "matplotlib": "sphinxext",
        "numpy.testing._private": "extbuild",
        "numpy.testing._private.utils": "measure rundocs runstring",
        "pandas.core.computation.eval": "eval",
        "pandas.core.frame": "DataFrame.eval DataFrame.query",
        "pygments": "cmdline",
        "pygments.formatters": "load_formatter_from_file",
        "pygments.lexers": "load_lexer_from_file",
        "sklearn.utils": "_testing",
        "torch._C": "CompilationUnit",
        "torch._export": "aot_load",
        "torch.distributed.nn": "api jit",
        "torch.hub": "help list load _load_local",
        "torch": "_guards package",
        "torch.jit": "CompilationUnit annotations frontend",
        "torch.jit._script": "ScriptModule.define",
        "torch.jit.unsupported_tensor_ops": "execWrapper",
        "torch.testing": "_internal",
        "torch.utils.benchmark": "examples",
        "torch.utils.benchmark.utils": "cpp_jit valgrind_wrapper",
        "torch.utils.benchmark.utils.timer": "Timer.adaptive_autorange Timer.autorange Timer.blocked_autorange "
        "Timer.collect_callgrind Timer.timeit",
        "torch.utils.cpp_extension": "_import_module_from_library _jit_compile load load_inline",
        "werkzeug": "_reloader debug",
        "werkzeug.serving": "run_simple run_with_reloader",
    },
    "it evaluates annotations": {
        "attr._funcs": "resolve_types",
        "msgspec": "defstruct",
        "pydantic": "type_adapter",
        "pydantic.main": "create_model",
        "typing_extensions": "_eval_with_owner evaluate_forward_ref get_annotations get_type_hints",
    },
    "it says where in memory an array lies": {
        "numpy.lib._stride_tricks_impl": "DummyArray",
        "numpy.lib.stride_tricks": "DummyArray",
    },
    "it loads native code": {
        "numpy.ctypeslib": "load_library",
        "numpy.ctypeslib._ctypeslib": "load_library",
        "torch._classes": "_Classes.load_library",
        "torch._ops": "_Ops.load_library",
        "torch.classes": "load_library",
        "torch.cuda.memory": "CUDAPluggableAllocator",
        "torch.ops": "load_library",
        "torch.xpu.memory": "XPUPluggableAllocator",
    },
    "what it loads decides what is run": {
        "joblib.memory": "AsyncMemorizedFunc MemorizedFunc MemorizedResult",
        "jsonpickle.unpickler": "Unpickler decode",
        "mmengine.fileio": "handlers",
        "mmengine.fileio.io": "load",
        "mmengine.runner": "checkpoint",
        "pandas.io.pickle": "read_pickle",
        "sqlalchemy.ext": "serializer",
        "torch": "_export",
        "torch._functorch": "compilers",
        "torch.compiler": "load_cache_artifacts load_compiled_function",
        "torch.cuda": "_annotate_cuda_graph_trace _memory_viz",
        "torch.distributed.checkpoint": "_pg_transport format_utils state_dict_loader",
        "torch.distributed.checkpoint.default_planner": "DefaultLoadPlanner.load_bytes",
        "torch.distributed.checkpoint.filesystem": "FileSystemReader.read_data FileSystemReader.read_metadata",
        "torch.export": "load pt2_archive",
        "torch.serialization": "_legacy_load _load",
        "torch.multiprocessing": "queue reductions",
        "torch.multiprocessing.spawn": "ProcessContext",
        "torch.utils.data.datapipes.datapipe": "_DataPipeSerializationWrapper",
        "torch.utils.data.datapipes.utils": "decoder",
        "torch.storage": "_load_from_bytes",
    },
    "it changes what torch.load lets in": {
        "torch._weights_only_unpickler": "_add_safe_globals _clear_safe_globals _safe_globals",
        "torch.serialization": "add_safe_globals clear_safe_globals register_package safe_globals",
    },
    "it selects or changes what the config names, out of sight of this check": {
        "jinja2.environment": "Environment.call_filter Environment.call_test Environment.getitem",
        "jinja2.filters": "do_attr make_attrgetter make_multi_attrgetter",
    },
    "it calls what it is given": {
        "torch.multiprocessing.spawn": "spawn start_processes",
    },
    "it changes functions, classes or modules": {
        "torch.library": "Library define impl register_autocast register_autograd register_fake register_kernel "
        "register_torch_dispatch register_vmap",
        "torch.utils": "set_module",
        "_pytest.monkeypatch": "MonkeyPatch",
        "fsspec.registry": "register_implementation",
        "attr._make": "attrs",
        "attr._next_gen": "define",
    },
    "the text that it formats can read any attribute": {
        "markupsafe": "Markup.format Markup.format_map",
    },
    "it changes how configs are read": {
        "hydra": "initialize",
        "hydra.experimental": "initialize",
        "hydra.version": "setbase",
        "hydra.core": "config_store global_hydra plugins singleton utils",
        "hydra.core.hydra_config": "HydraConfig.set_config",
        "hydra_zen": "_launch",
        "torch.utils._config_module": "ConfigModule.load_config install_config_module",
        "omegaconf.omegaconf": "OmegaConf.clear_resolver OmegaConf.clear_resolvers OmegaConf.legacy_register_resolver "
        "OmegaConf.register_new_resolver OmegaConf.register_resolver",
    },
    "it is a part of what guards the config": {
        "hydra": "_internal",
        "hydra.utils": "UNSAFE_DISABLE_EXECUTION_CHECKS execution_whitelist",
        "safe_instantiate": "Instantiator Plan UNSAFE_DISABLE_EXECUTION_CHECKS adoption checking cli config "
        "execution_whitelist explaining house_rule hydra_compat patch_hydra plan planning plans probing.drawing "
        "probing.probe public safe_setup targets testing",
        "safe_instantiate.building": "compiled compiler writing",
        "safe_instantiate.instantiator": "DEFAULT Instantiator plan",
    },
}

FAMILIES: Final = {
    "_cffi_backend.": "it reads and writes any memory",
    "cffi.": "it reads and writes any memory",
    "cloudpickle.": "what it loads decides what is run",
    "dill.": "what it loads decides what is run",
    "execnet.": "it runs programs",
    "git.": "it runs programs",
    "isympy.": "it evaluates the texts that it is given",
    "jinja2.environment.Template.": "it runs code from text, files or the network",
    "joblib._": "what it loads decides what is run",
    "joblib.externals.": "what it loads decides what is run",
    "joblib.testing.": "it runs programs",
    "joblib.numpy_pickle": "what it loads decides what is run",
    "pkg_resources.": "it runs code from text, files or the network",
    "scipy._lib.array_api_": "it runs code from text, files or the network",
    "setuptools.": "it runs code from text, files or the network",
    "sklearn.externals.": "it runs code from text, files or the network",
    "pip.": "it runs code from text, files or the network",
    "sympy.": "it evaluates the texts that it is given",
    "torch._inductor.": "it builds and loads native code",
    "torch.distributed.elastic.multiprocessing.": "it runs programs",
    "torch.distributed.flight_recorder.": "what it loads decides what is run",
    "torch.distributed.rpc.": "it lets other processes call functions in this one",
    "torch.fx.": "it makes code of the names that it is given",
    "torch.utils._sympy.": "it evaluates the texts that it is given",
    "torch.utils.cpp_extension.": "it builds and loads native code",
}

FAMILY_EXCEPTIONS: Final = (
    *("cloudpickle.cloudpickle.dump", "cloudpickle.cloudpickle.dumps", "cloudpickle.dump", "cloudpickle.dumps"),
    *("dill._dill.dump", "dill._dill.dumps", "dill.dump", "dill.dumps"),
    "joblib.numpy_pickle.dump",
    # a symbol's name is only a name
    "sympy.Symbol",
    "sympy.core.symbol.Symbol",
    "sympy.core.symbol.symbols",
    "sympy.symbols",
    "torch.distributed.elastic.multiprocessing.errors",
    "torch.distributed.elastic.multiprocessing.errors.record",
    # what functions of torchvision and the like return
    "torch.fx.graph_module.GraphModule.__new__.<locals>.GraphModuleImpl",
    "torch.utils.cpp_extension.CUDAExtension",
    "torch.utils.cpp_extension.CppExtension",
    "torch.utils.cpp_extension.include_paths",
    "torch.utils.cpp_extension.library_paths",
)

NAMED_EFFECTS: Final = {
    "it changes files": {
        "fsspec.mapping": "FSMap.__delitem__ FSMap.__setitem__ FSMap.clear FSMap.delitems FSMap.pop FSMap.setitems",
        "fsspec": "generic",
        "fsspec.utils": "atomic_write",
        "joblib": "disk",
        "joblib.logger": "PrintTime",
        "joblib.memory": "Memory.clear Memory.reduce_size",
        "mmengine.dist.dist": "collect_results collect_results_cpu",
        "mmengine.fileio": "backends",
        "mmengine.fileio.io": "copy_if_symlink_fails copyfile copyfile_from_local copyfile_to_local copytree "
        "copytree_from_local copytree_to_local put put_text remove rmtree",
        "sklearn.datasets._base": "clear_data_home",
        "tensorboard.compat.tensorflow_stub.io": "gfile",
        "torch.distributed.checkpoint.filesystem": "FileSystem.rename FileSystem.rm_file",
        "torch.hub": "download_url_to_file",
        "torch.utils": "file_baton hipify",
    },
    "it ends or forks the process": {
        "absl.app": "run usage",
        "absl.logging": "PythonHandler.emit fatal",
        "psutil": "Process.kill Process.resume Process.send_signal Process.suspend Process.terminate",
    },
    "it changes the process environment": {
        "click": "testing",
        "requests.utils": "set_environ",
        "tensorboard": "main main_lib",
    },
    "it changes what holds for the whole process": {
        "psutil": "Process.cpu_affinity Process.ionice Process.nice Process.rlimit",
    },
    "it opens a server": {
        "aiohttp": "web_runner",
        "aiohttp.web": "main run_app",
        "tensorboard": "program",
        "werkzeug": "serving",
    },
}

#: File systems come in many classes: packages of them, by the beginnings of the names, and methods that change files.
FILE_SYSTEMS: Final = ("adlfs.", "fsspec.", "gcsfs.", "s3fs.")
METHODS_OF_FILE_SYSTEMS: Final = frozenset(
    {
        *("chmod", "clear_cache", "clear_expired_cache", "commit", "commit_many", "copy", "cp", "cp_file", "delete"),
        *("discard", "download", "get", "get_file", "link", "move", "mv", "mv_file", "pipe", "pipe_file"),
        *("pop_from_cache", "put", "put_file", "rename", "rm", "rm_file", "rmdir", "symlink", "touch", "upload"),
        *("write_bytes", "write_text"),
    }
)

#: What finds an object by a path, with the name of the parameter that takes it.
DISCOVERY: Final = {
    "jinja2.utils.import_string": "import_name",
    "mmengine.utils.misc.get_object_from_string": "obj_name",
    "werkzeug.utils.import_string": "import_name",
}

#: Data sets that are kept as pickles, in the directory that is their first argument, or `data_home`.
READERS_OF_PICKLES: Final = (
    "sklearn.datasets._california_housing.fetch_california_housing",
    "sklearn.datasets._covtype.fetch_covtype",
    "sklearn.datasets._kddcup99.fetch_kddcup99",
    "sklearn.datasets._lfw.fetch_lfw_pairs",
    "sklearn.datasets._lfw.fetch_lfw_people",
    "sklearn.datasets._olivetti_faces.fetch_olivetti_faces",
    "sklearn.datasets._rcv1.fetch_rcv1",
    "sklearn.datasets._species_distributions.fetch_species_distributions",
    "sklearn.datasets._twenty_newsgroups.fetch_20newsgroups",
    "sklearn.datasets._twenty_newsgroups.fetch_20newsgroups_vectorized",
)
