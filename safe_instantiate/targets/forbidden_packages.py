"""What of other people's packages a config may not name: tables in the form of `forbidden.py`, which takes them in.

These packages are well known, and each of these names does with a text or a file what Python's own forbidden names do.
"""

from __future__ import annotations

from typing import Final

NEVER: Final = {
    "it runs programs": {
        "pexpect": "run runu",
        "pexpect.pty_spawn": "spawn",
        "psutil": "Popen",
        "sh": "Command",
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
        "_pytest.config": "console_main main",
        "attr._make": "make_class",
        "jinja2.environment": "Environment.compile_expression Template.generate Template.make_module Template.render "
        "Template.render_async Template.stream TemplateExpression.__call__",
        "jinja2.nativetypes": "NativeTemplate.render NativeTemplate.render_async",
        "mako.template": "Template",
        "numexpr.necompiler": "evaluate re_evaluate",
        "numpy": "distutils f2py",
        "numpy.testing._private.utils": "rundocs runstring",
        "pandas.core.computation.eval": "eval",
        "pandas.core.frame": "DataFrame.eval DataFrame.query",
        "sympy.core.sympify": "sympify",
        "sympy.parsing": "sympy_parser",
        "torch._export": "aot_load",
        "torch._inductor": "aoti_load_package codecache package",
        "torch.fx.graph_module": "_exec_with_source _forward_from_src _method_from_src",
        "torch.hub": "help list load _load_local",
        "torch.package.package_importer": "PackageImporter",
        "torch.testing": "_internal",
        "torch.utils.benchmark.utils.timer": "Timer.adaptive_autorange Timer.autorange Timer.blocked_autorange "
        "Timer.collect_callgrind Timer.timeit",
        "torch.utils.cpp_extension": "_import_module_from_library _jit_compile load load_inline",
    },
    "it loads native code": {
        "cffi.api": "FFI.dlopen",
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
        "joblib.numpy_pickle": "load",
        "jsonpickle.unpickler": "Unpickler decode",
        "pandas.io.pickle": "read_pickle",
        "torch.serialization": "_legacy_load _load",
        "torch.storage": "_load_from_bytes",
    },
    "it changes what torch.load lets in": {
        "torch._weights_only_unpickler": "_add_safe_globals _clear_safe_globals _safe_globals",
        "torch.serialization": "add_safe_globals clear_safe_globals safe_globals",
    },
    "it calls what it is given": {
        "torch.distributed.rpc.api": "remote rpc_async rpc_sync",
        "torch.multiprocessing.spawn": "spawn start_processes",
    },
    "it changes functions, classes or modules": {
        "_pytest.monkeypatch": "MonkeyPatch",
    },
    "the text that it formats can read any attribute": {
        "markupsafe": "Markup.format Markup.format_map",
    },
    "it changes how configs are read": {
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
    "setuptools.": "it runs code from text, files or the network",
    "pip.": "it runs code from text, files or the network",
    "torch.utils.cpp_extension.": "it builds and loads native code",
}

FAMILY_EXCEPTIONS: Final = (
    "torch.utils.cpp_extension.CUDAExtension",
    "torch.utils.cpp_extension.CppExtension",
    "torch.utils.cpp_extension.include_paths",
    "torch.utils.cpp_extension.library_paths",
)

NAMED_EFFECTS: Final = {
    "it changes files": {"torch.hub": "download_url_to_file"},
}
