"""What of other people's packages a config may not name: tables in the form of `forbidden.py`, which takes them in.

These packages are well known, and each of these names does with a text or a file what Python's own forbidden names do.
"""

from __future__ import annotations

from typing import Final

NEVER: Final = {
    "it runs programs": {
        "PIL": "ImageShow",
        "PIL.Image": "Image.show",
        "click.termui": "edit launch",
        "hydra": "test_utils",
        "pexpect": "run runu",
        "pexpect.pty_spawn": "spawn",
        "psutil": "Popen",
        "sh": "Command",
        "tensorboard.manager": "start",
        "torch._dynamo": "debug_utils repro test_minifier_common",
        "torch.distributed.elastic.multiprocessing": "start_processes",
        "torch.distributed.elastic.multiprocessing.api": "MultiprocessContext SubprocessContext",
        "torch.distributed.elastic.multiprocessing.subprocess_handler": "handlers subprocess_handler",
        "torch.distributed.launch": "launch main run",
        "torch.distributed.launcher.api": "elastic_launch launch_agent",
        "torch.distributed.run": "main run",
        "torch.utils": "collect_env",
    },
    "it runs code from text, files or the network": {
        "IPython": "embed start_ipython terminal",
        "IPython.core": "interactiveshell",
        "PIL.ImageMath": "eval lambda_eval unsafe_eval",
        "_pytest": "pathlib",
        "_pytest.config": "console_main main",
        "attr._make": "make_class",
        "jinja2.environment": "Environment.compile_expression Template.generate Template.make_module Template.render "
        "Template.module Template.render_async Template.stream TemplateExpression.__call__",
        "jinja2.loaders": "ModuleLoader",
        "jinja2.nativetypes": "NativeTemplate.render NativeTemplate.render_async",
        "mako.template": "Template",
        "mypy": "api main",
        "numexpr.necompiler": "evaluate re_evaluate",
        "numpy": "_pytesttester distutils f2py",
        "numpy.testing._private": "extbuild",
        "numpy.testing._private.utils": "measure rundocs runstring",
        "pandas.core.computation.eval": "eval",
        "pandas.core.frame": "DataFrame.eval DataFrame.query",
        "torch._export": "aot_load",
        "torch.distributed.nn": "api jit",
        "torch.hub": "help list load _load_local",
        "torch": "package",
        "torch.testing": "_internal",
        "torch.utils.benchmark.utils": "cpp_jit valgrind_wrapper",
        "torch.utils.benchmark.utils.timer": "Timer.adaptive_autorange Timer.autorange Timer.blocked_autorange "
        "Timer.collect_callgrind Timer.timeit",
        "torch.utils.cpp_extension": "_import_module_from_library _jit_compile load load_inline",
    },
    "it loads native code": {
        "_cffi_backend": "load_library",
        "cffi.api": "FFI.compile FFI.dlopen FFI.verify",
        "numpy.ctypeslib": "load_library",
        "numpy.ctypeslib._ctypeslib": "load_library",
        "torch._classes": "_Classes.load_library",
        "torch._ops": "_Ops.load_library",
        "torch.classes": "load_library",
        "torch.ops": "load_library",
    },
    "what it loads decides what is run": {
        "cloudpickle": "load loads",
        "dill": "load loads",
        "dill._dill": "Unpickler load loads",
        "jsonpickle.unpickler": "Unpickler decode",
        "pandas.io.pickle": "read_pickle",
        "torch": "_export",
        "torch._functorch": "compilers",
        "torch.cuda": "_annotate_cuda_graph_trace _memory_viz",
        "torch.distributed.checkpoint": "format_utils state_dict_loader",
        "torch.distributed.checkpoint.filesystem": "FileSystemReader.read_metadata",
        "torch.export": "load pt2_archive",
        "torch.serialization": "_legacy_load _load",
        "torch.utils.data.datapipes.utils": "decoder",
        "torch.storage": "_load_from_bytes",
    },
    "it changes what torch.load lets in": {
        "torch._weights_only_unpickler": "_add_safe_globals _clear_safe_globals _safe_globals",
        "torch.serialization": "add_safe_globals clear_safe_globals safe_globals",
    },
    "it calls what it is given": {
        "torch.multiprocessing.spawn": "spawn start_processes",
    },
    "it changes functions, classes or modules": {
        "_pytest.monkeypatch": "MonkeyPatch",
        "attr._make": "attrs",
        "attr._next_gen": "define",
    },
    "the text that it formats can read any attribute": {
        "markupsafe": "Markup.format Markup.format_map",
    },
    "it changes how configs are read": {
        "hydra.core": "config_store plugins singleton utils",
        "hydra.core.hydra_config": "HydraConfig.set_config",
        "torch.utils._config_module": "ConfigModule.load_config install_config_module",
        "omegaconf.omegaconf": "OmegaConf.clear_resolver OmegaConf.clear_resolvers OmegaConf.legacy_register_resolver "
        "OmegaConf.register_new_resolver OmegaConf.register_resolver",
    },
    "it is a part of what guards the config": {
        "hydra": "_internal",
        "hydra.utils": "UNSAFE_DISABLE_EXECUTION_CHECKS execution_whitelist",
        "safe_instantiate": "Instantiator Plan UNSAFE_DISABLE_EXECUTION_CHECKS adoption config "
        "execution_whitelist hydra_compat patch_hydra plan planning plans public safe_setup targets",
        "safe_instantiate.building": "compiled compiler writing",
        "safe_instantiate.instantiator": "DEFAULT Instantiator plan",
    },
}

FAMILIES: Final = {
    "joblib.externals.": "what it loads decides what is run",
    "joblib.numpy_pickle": "what it loads decides what is run",
    "setuptools.": "it runs code from text, files or the network",
    "pip.": "it runs code from text, files or the network",
    "sympy.": "it evaluates the texts that it is given",
    "torch._inductor.": "it builds and loads native code",
    "torch.distributed.rpc.": "it lets other processes call functions in this one",
    "torch.fx.": "it makes code of the names that it is given",
    "torch.utils.cpp_extension.": "it builds and loads native code",
}

FAMILY_EXCEPTIONS: Final = (
    "joblib.numpy_pickle.dump",
    # a symbol's name is only a name
    "sympy.Symbol",
    "sympy.core.symbol.Symbol",
    "sympy.core.symbol.symbols",
    "sympy.symbols",
    # what functions of torchvision and the like return
    "torch.fx.graph_module.GraphModule.__new__.<locals>.GraphModuleImpl",
    "torch.utils.cpp_extension.CUDAExtension",
    "torch.utils.cpp_extension.CppExtension",
    "torch.utils.cpp_extension.include_paths",
    "torch.utils.cpp_extension.library_paths",
)

NAMED_EFFECTS: Final = {
    "it changes files": {
        "fsspec.implementations.local": "LocalFileSystem.cp_file LocalFileSystem.get_file LocalFileSystem.mv "
        "LocalFileSystem.put_file LocalFileSystem.rm LocalFileSystem.rm_file LocalFileSystem.rmdir",
        "torch.hub": "download_url_to_file",
        "torch.utils": "hipify",
    },
    "it ends or forks the process": {
        "psutil": "Process.kill Process.send_signal Process.suspend Process.terminate",
    },
}
