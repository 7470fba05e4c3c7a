"""The attacks: each a config, with a word on what it tries.

None can do harm, even where it comes through: its last call is given too few arguments, arguments of the wrong type, or
a place that doesn't exist; what it gets hold of goes to `victim.take`, which only keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

NOWHERE: Final = "/nonexistent/safe_instantiate"
VICTIM: Final = "tests.security.victim"


@dataclass(frozen=True, slots=True)
class Attack:
    name: str
    tries: str
    config: Any


def call(path: str, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return {"_target_": path, **({"_args_": [*args]} if args else {}), **kwargs}


def found(path: str) -> dict[str, Any]:
    return call("hydra.utils.get_method", path)


def got(path: str) -> dict[str, Any]:
    return call("hydra.utils.get_object", path)


def take(config: Any) -> dict[str, Any]:
    return call(f"{VICTIM}.take", config)


FILE: Final = call("pathlib.Path", NOWHERE)
WRONG: Final = {"no_such_argument": 1}

#: What each is called with is too little, or of the wrong type.
DIRECT: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "run a program": (
        call("os.system"),
        call("os.popen"),
        call("os.execv"),
        call("os.execve", NOWHERE),
        call("os.spawnv"),
        call("os.spawnlp"),
        call("os.posix_spawn"),
        call("os.posix_spawnp"),
        call("subprocess.Popen"),
        call("subprocess.run"),
        call("subprocess.call"),
        call("subprocess.check_call"),
        call("subprocess.check_output"),
        call("subprocess.getoutput"),
        call("subprocess.getstatusoutput"),
        call("_posixsubprocess.fork_exec"),
        call("pty.spawn"),
        call("asyncio.create_subprocess_exec"),
        call("asyncio.create_subprocess_shell"),
        call("asyncio.base_events.BaseEventLoop.subprocess_shell"),
        call("distutils.spawn.spawn"),
        call("multiprocessing.Process"),
        call("multiprocessing.context.SpawnProcess"),
        call("multiprocessing.util.spawnv_passfds"),
        call("multiprocessing.popen_spawn_posix.Popen"),
        call("uuid._get_command_stdout"),
        call("imaplib.IMAP4_stream", **WRONG),
        call("webbrowser.open"),
        call("venv.create"),
        call("torch.utils.collect_env.run"),
        call("torch.distributed.elastic.multiprocessing.start_processes"),
        call("torch.distributed.run.main", 1, 2, 3),
        call("torch.multiprocessing.spawn"),
    ),
    "run code": (
        call("builtins.eval"),
        call("builtins.exec"),
        call("builtins.compile"),
        call("builtins.__import__"),
        call("builtins.breakpoint", **WRONG),
        call("importlib.import_module"),
        call("importlib.reload"),
        call("importlib.machinery.SourceFileLoader.load_module"),
        call("runpy.run_path"),
        call("runpy.run_module"),
        call("runpy._run_module_code"),
        call("code.interact", **WRONG),
        call("code.InteractiveInterpreter.runsource"),
        call("rlcompleter.Completer.complete"),
        call("timeit.timeit", **WRONG),
        call("timeit.Timer.timeit"),
        call("cProfile.run"),
        call("profile.runctx"),
        call("pdb.run"),
        call("bdb.Bdb.run"),
        call("doctest.testfile"),
        call("trace.Trace.run"),
        call("pydoc.importfile"),
        call("logging.config.dictConfig"),
        call("logging.config.fileConfig"),
        call("optparse.Values.read_file"),
        call("dataclasses.make_dataclass"),
        call("attr.make_class"),
        call("typing.get_type_hints"),
        call("unittest.main", **WRONG),
        call("unittest.TestLoader.discover"),
        call("zipimport.zipimporter"),
        call("site.addsitedir"),
        call("pip.main", 1, 2, 3),
        call("setuptools.setup", 1, 2, 3),
        call("torch.hub.load"),
        call("torch.hub._load_local"),
        call("torch.utils.cpp_extension.load"),
        call("torch.utils.cpp_extension.load_inline"),
        call("torch.utils.cpp_extension._jit_compile"),
        call("torch.package.PackageImporter"),
        call("torch.fx.graph_module._exec_with_source"),
        call("torch.utils.benchmark.Timer.blocked_autorange"),
        call("numpy.testing.runstring"),
        call("sympy.sympify"),
    ),
    "load native code, or write into memory": (
        call("ctypes.CDLL", NOWHERE),
        call("ctypes.cdll.LoadLibrary", NOWHERE),
        call("ctypes.cdll.__getattr__", NOWHERE),
        call("ctypes.string_at"),
        call("numpy.ctypeslib.load_library"),
        call("torch.ops.load_library"),
        call("torch.classes.load_library"),
        call("importlib.machinery.ExtensionFileLoader.create_module"),
    ),
    "unpickle what somebody else wrote": (
        call("pickle.load"),
        call("pickle.loads"),
        call("_pickle.loads"),
        call("pickle._loads"),
        call("pickle.Unpickler"),
        call("marshal.loads"),
        call("shelve.open"),
        call("yaml.load"),
        call("yaml.unsafe_load"),
        call("tracemalloc.Snapshot.load"),
        call("multiprocessing.reduction.ForkingPickler.loads"),
        call("multiprocessing.connection.Client"),
        call("pstats.Stats", NOWHERE, **WRONG),
        call("joblib.load", NOWHERE),
        call("numpy.load", NOWHERE, allow_pickle=True),
        call("torch.load", NOWHERE, weights_only=False),
        call("torch.load", NOWHERE, pickle_module=got("json")),
        call("torch.serialization._legacy_load"),
        call("torch.storage._load_from_bytes"),
        call("torch.hub.load_state_dict_from_url", **WRONG),
        call("torch.utils.model_zoo.load_url", **WRONG),
    ),
    "write, move or remove files": (
        call("builtins.open", NOWHERE, "w"),
        call("builtins.open", NOWHERE, mode="r+"),
        call("io.open", NOWHERE, "ab"),
        call("io.FileIO", NOWHERE, "x"),
        call("codecs.open", NOWHERE, "w"),
        call("gzip.open", NOWHERE, "wb"),
        call("bz2.BZ2File", NOWHERE, "w"),
        call("lzma.LZMAFile", NOWHERE, mode="w"),
        call("zipfile.ZipFile", NOWHERE, "w"),
        call("tarfile.open", NOWHERE, "w:gz"),
        call("os.open", NOWHERE, 1),
        call("os.fdopen", -1, "w"),
        call("fileinput.input", NOWHERE, inplace=True),
        call("argparse.FileType", "w"),
        call("pathlib.Path.open", FILE, "w"),
        call("pathlib.Path.write_text", FILE),
        call("pathlib.Path.unlink", FILE),
        call("pathlib.Path.rmdir", FILE),
        call("pathlib.Path.rename", FILE, NOWHERE),
        call("pathlib.Path.touch", FILE),
        call("pathlib.PosixPath.chmod", FILE),
        call("os.remove", NOWHERE),
        call("os.unlink", NOWHERE),
        call("os.rmdir", NOWHERE),
        call("os.rename", NOWHERE, NOWHERE),
        call("os.replace", NOWHERE, NOWHERE),
        call("os.truncate", NOWHERE, 0),
        call("os.chmod", NOWHERE, 0),
        call("os.link", NOWHERE, NOWHERE),
        call("os.symlink", NOWHERE, f"{NOWHERE}/link"),
        call("os.mkfifo", NOWHERE),
        call("os.write"),
        call("shutil.rmtree", NOWHERE),
        call("shutil.move"),
        call("shutil.copyfile"),
        call("shutil.copytree"),
        call("shutil.unpack_archive"),
        call("tarfile.TarFile.extractall"),
        call("zipfile.ZipFile.extractall"),
        call("urllib.request.urlretrieve"),
        call("torch.hub.download_url_to_file"),
    ),
    "end or fork the process, or change who and where it is": (
        call("os._exit", "wrong"),
        call("os.abort", "wrong"),
        call("os.kill"),
        call("os.killpg"),
        call("os.fork", "wrong"),
        call("os.forkpty", "wrong"),
        call("pty.fork", "wrong"),
        call("sys.exit", 3),
        call("builtins.exit", "wrong", "wrong"),
        call("_thread.interrupt_main", "wrong"),
        call("signal.raise_signal"),
        call("faulthandler._sigsegv", "wrong"),
        call("os.chdir", NOWHERE),
        call("os.chroot", NOWHERE),
        call("os.setuid", "wrong"),
        call("os.setegid", "wrong"),
    ),
    "change the environment of the process": (
        call("os.putenv"),
        call("os.unsetenv"),
        call("os.environ.update", {}),
        call("os.environ.__setitem__"),
        call("os.environ.pop", "NO_SUCH_NAME", None),
        call("os.environ.setdefault"),
        call("collections.abc.MutableMapping.update", got("os.environ"), {}),
    ),
    "reach into the interpreter": (
        call("sys._getframe"),
        call("sys._current_frames"),
        call("sys.exc_info"),
        call("sys.settrace"),
        call("threading.setprofile"),
        call("gc.get_objects"),
        call("inspect.currentframe"),
        call("inspect.stack"),
        call("traceback.walk_stack", None),
        call("sys.modules.get", "os"),
        call("sys.path.insert"),
        call("sys.path.append"),
        call("sys.meta_path.append"),
        call("builtins.list.append", got("sys.path_hooks"), 1, _convert_="all"),
        call("torch.nn.Linear.forward.__globals__.get", "math"),
        call("json.loads.__globals__.__getitem__", "JSONDecoder"),
        call("json.loads.__code__.replace"),
        call("builtins.list.__getitem__", [1], 0, "x", wrong=got("sys.modules")),
        take(call("builtins.globals")),
        take(call("builtins.locals")),
        take(call("builtins.vars")),
        take(call(f"{VICTIM}.gives_namespace")),
        take(got("sys.modules")),
    ),
    "have a dispatcher call it": (
        call("builtins.map"),
        call("builtins.filter"),
        call("functools.reduce"),
        call("itertools.starmap"),
        call("itertools.accumulate"),
        call("concurrent.futures.ThreadPoolExecutor.submit"),
        call("multiprocessing.pool.Pool.map"),
        call("operator.attrgetter"),
        call("operator.itemgetter"),
        call("operator.methodcaller"),
        call("builtins.iter", found("builtins.len"), 1),
        call("functools.singledispatch"),
        call("functools.wraps"),
        call("contextlib.contextmanager"),
        call("builtins.classmethod"),
        call("types.MethodType"),
        call("types.FunctionType"),
        call("unittest.mock.Mock", **WRONG),
        call("unittest.mock.patch"),
        call("unittest.mock.NonCallableMock", side_effect=found("builtins.len")),
        call("torch.distributed.rpc.rpc_sync"),
    ),
    "make a class, or change one": (
        call("builtins.type", "Made", [], {}),
        call("abc.ABCMeta", "Made", [], {}),
        call("types.new_class"),
        call("builtins.setattr", got(f"{VICTIM}.Thing"), "mark", 1),
        call("builtins.delattr", got(f"{VICTIM}.Thing"), "no_such_attribute"),
        call("builtins.type.__setattr__", got(f"{VICTIM}.Thing"), "mark", 1),
        call("builtins.object.__setattr__", found(f"{VICTIM}.take"), "mark", 1),
        call("builtins.setattr", got("json"), "mark", 1),
    ),
    "read any attribute through a text": (
        call("builtins.str.format", "{0.__class__}", 1),
        call("collections.UserString.format", "{0}"),
        call("string.Formatter.format"),
        call("logging.Formatter", "%(message)s"),
    ),
    "change what a config may name": (
        call("safe_instantiate.Instantiator", allow=["os.remove"]),
        call("safe_instantiate.instantiator.DEFAULT.replace", allow=["os.remove"]),
        call("safe_instantiate.execution_whitelist", ["os.*"]),
        call("safe_instantiate.patch_hydra"),
        call("safe_instantiate.targets.policy.Policy"),
        call("safe_instantiate.targets.target._approved.clear"),
        call("safe_instantiate.targets.target._facts.clear"),
        call("safe_instantiate.instantiate", {}, _execution_whitelist_=["os.*"]),
        call(
            "builtins.object.__setattr__",
            call("builtins.getattr", got("safe_instantiate.instantiator"), "DEFAULT"),
            "policy",
            None,
        ),
        call("hydra._internal.utils._locate", "json"),
        call("contextvars.copy_context"),
        call("contextvars.ContextVar.set"),
        call("omegaconf.OmegaConf.register_new_resolver"),
        call("omegaconf.OmegaConf.clear_resolvers", **WRONG),
        call("torch.serialization.add_safe_globals", []),
        take(got("safe_instantiate.UNSAFE_DISABLE_EXECUTION_CHECKS")),
        call(f"{VICTIM}.call", found("safe_instantiate.instantiate"), {}, _execution_whitelist_=["os.*"]),
    ),
}

#: The same forbidden things, by other ways.
ROUNDABOUT: Final[dict[str, tuple[dict[str, Any], ...]]] = {
    "name it by another path": (
        call("posix.system"),
        call("torch.os.system"),
        call("logging.os.system"),
        call("random._os.system"),
        call("torch.serialization.os.remove", NOWHERE),
        call("json.codecs.builtins.eval"),
        call("shutil.os.execv"),
        call("os.path.os.path.os.popen"),
        call("fractions.operator.attrgetter"),
        call("builtins.print.__self__.eval"),
        call("builtins.eval.__self__.exec"),
    ),
    "name what calls it": (
        call("os.system.__call__"),
        call("os.system.__call__.__call__"),
        call("builtins.eval.__call__"),
        call("subprocess.Popen.__init__"),
        call("builtins.map.__new__"),
        call("abc.ABCMeta.__new__"),
        call("builtins.type.__call__"),
        call("functools.partial.__call__"),
        call("types.FunctionType.__get__"),
        call("enum.property"),
    ),
    "find it by its path": (
        take(found("os.system")),
        take(got("subprocess.Popen")),
        take(call("hydra.utils.get_class", path="subprocess.Popen")),
        take(call("hydra.utils.get_static_method", "builtins.eval")),
        take(found("json.loads.__globals__")),
        take(call("pkgutil.resolve_name", "os:system")),
        take(call("pkgutil.resolve_name", "subprocess.Popen")),
        take(call("pydoc.locate", "os.system")),
        take(
            call("importlib.metadata.EntryPoint.load", call("importlib.metadata.EntryPoint", "name", "os:system", "x"))
        ),
    ),
    "get it out of something": (
        take(call("builtins.getattr", got("os"), "system")),
        take(call("builtins.getattr", call("builtins.getattr", got("torch"), "os"), "system")),
        take(call("builtins.object.__getattribute__", got("os"), "system")),
        take(call("builtins.getattr", FILE, "unlink")),
        take(call("builtins.getattr", found("json.loads"), "__globals__")),
        take(call("functools.partial", call("builtins.getattr", got("os"), "system"))),
        take(call(f"{VICTIM}.gives_system")),
        take(call(f"{VICTIM}.gives_partial_of_remove")),
    ),
    "have it called later": (
        call("threading.Thread.run", call("threading.Thread", target=found("builtins.open"), args=[NOWHERE, "w"])),
        call(
            "threading.Thread.run",
            call("threading.Thread", target=found("torch.load"), kwargs={"f": NOWHERE, "weights_only": False}),
        ),
        call("torch.utils.checkpoint.checkpoint", found("builtins.open"), NOWHERE, "w", use_reentrant=False),
        call(f"{VICTIM}.call", found("builtins.open"), NOWHERE, "w"),
        call(f"{VICTIM}.call", {**call("builtins.open", mode="w"), "_partial_": True}, NOWHERE),
        call(f"{VICTIM}.call", call("functools.partial", found("builtins.open"), mode="w"), NOWHERE),
        call(f"{VICTIM}.call", found("builtins.setattr"), got(f"{VICTIM}.Thing"), "mark", 1),
        call(f"{VICTIM}.call", call("builtins.getattr", FILE, "open"), "w"),
        take(call("hydra.utils.get_method", "os.remove", _partial_=True, _convert_="all")),
    ),
    "have it built by another engine": (
        {"_target_": "hydra.utils.instantiate", "_recursive_": False, "config": call("torch.hub.load")},
        {"_target_": "hydra.utils.call", "_recursive_": False, "config": call("os.abort", "wrong")},
        {"_target_": "safe_instantiate.instantiate", "_recursive_": False, "config": call("os.system")},
        call(
            "hydra.utils.instantiate",
            call("omegaconf.OmegaConf.create", "{_target_: shutil.copyfile, _args_: []}"),
        ),
    ),
    "hide it in the config": (
        {"list": [[{"deep": call("os.system")}]]},
        call("builtins.dict", value=call("os.system")),
        call("builtins.list", [call("os.system")]),
        {**call("os.system"), "_partial_": True},
        {"name": "os.system", "node": call("${name}")},
        {"module": "os", "node": call("${module}.system")},
        {"node": call("torch.nn.Identity"), "evil": call("${oc.decode:'\"os.system\"'}")},
        {"a": {"_target_": "torch.nn.Identity", "_recursive_": True, "x": call("os.system")}},
        call("torch.utils.data.DataLoader", dataset=call("os.system"), _recursive_=False),
        {"kept": {"_convert_": "all", "items": [call("os.system")]}},
    ),
}


def every_attack() -> Iterator[Attack]:
    for group in (DIRECT, ROUNDABOUT):
        for tries, configs in group.items():
            for number, config in enumerate(configs):
                target = config.get("_target_", "config") if isinstance(config, dict) else "config"
                yield Attack(f"{tries.split(',')[0]} {number}: {target}".replace(" ", "-"), tries, config)


ATTACKS: Final = tuple(every_attack())
