"""What a config may not name, and why: tables of names and nothing else.

The names are canonical (see `identity`): `os.system` stands for `posix.system` too. A name stands for all that is
reached through it: with `subprocess.Popen` goes `subprocess.Popen.__init__`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from safe_instantiate.targets import forbidden_packages

_Names = Mapping[str, Mapping[str, str]]
_SERVES: Final = "it opens a server"


def _table(names: _Names) -> dict[str, str]:
    """From {reason: {module: "name name"}} to {full name: reason}."""
    return {
        f"{module}.{name}": reason
        for reason, modules in names.items()
        for module, listed in modules.items()
        for name in listed.split()
    }


#: Whoever names one of these in a config decides what code is run. No setting allows them.
NEVER = {
    "inspect": "it exposes live objects of the interpreter",
    **_table(forbidden_packages.NEVER),
    **_table(
        {
            "it runs programs": {
                "_posixsubprocess": "fork_exec",
                "asyncio": "base_subprocess create_subprocess_exec create_subprocess_shell",
                "asyncio.base_events": "BaseEventLoop.subprocess_exec BaseEventLoop.subprocess_shell",
                "asyncio.events": "AbstractEventLoop.subprocess_exec AbstractEventLoop.subprocess_shell",
                "asyncio.subprocess": "create_subprocess_exec create_subprocess_shell",
                "distutils.spawn": "spawn",
                "http.server": "CGIHTTPRequestHandler.run_cgi",
                "imaplib": "IMAP4_stream",
                "mailcap": "findmatch test",
                "multiprocessing.context": "BaseContext.set_executable",
                "multiprocessing.util": "spawnv_passfds",
                "os": "popen posix_spawn posix_spawnp startfile system",
                "pty": "spawn",
                "subprocess": "Popen call check_call check_output getoutput getstatusoutput run",
                "uuid": "_get_command_stdout",
            },
            "it runs code from text, files or the network": {
                "_imp": "create_builtin create_dynamic exec_builtin exec_dynamic",
                "_interpreters": "call exec run_func run_string",
                "_xxsubinterpreters": "run_string",
                "builtins": "__build_class__ __import__ breakpoint code compile eval exec",
                "cProfile": "main run runctx Profile.run Profile.runctx",
                "code": "interact InteractiveInterpreter.runsource InteractiveInterpreter.runcode "
                "InteractiveConsole.interact InteractiveConsole.push",
                "dataclasses": "make_dataclass",
                "_tkinter": "create",
                "imp": "load_compiled load_dynamic load_module load_package load_source reload",
                "importlib": "import_module reload __import__",
                "importlib._bootstrap": "__import__ _gcd_import",
                "importlib._bootstrap_external": "ExtensionFileLoader.create_module ExtensionFileLoader.exec_module "
                "FileLoader.load_module _LoaderBasics.exec_module",
                "importlib.machinery": "ExtensionFileLoader.create_module ExtensionFileLoader.exec_module "
                "ExtensionFileLoader.load_module SourceFileLoader.exec_module SourceFileLoader.load_module "
                "SourcelessFileLoader.exec_module SourcelessFileLoader.load_module",
                "importlib.util": "LazyLoader",
                "optparse": "Values.read_file Values.read_module",
                "pkgutil": "ImpImporter ImpLoader read_code",
                "multiprocessing.sharedctypes": "make_property",
                "profile": "main run runctx Profile.run Profile.runctx",
                "rlcompleter": "Completer.attr_matches Completer.complete",
                "runpy": "_run_code _run_module_as_main _run_module_code run_module run_path",
                "sys": "breakpointhook",
                "timeit": "Timer inner main repeat timeit",
                "tkinter": "Tcl Tk tix.Tk",
            },
            "it evaluates annotations": {
                "annotationlib": "ForwardRef call_annotate_function call_evaluate_function get_annotations",
                "typing": "ForwardRef._evaluate _eval_type evaluate_forward_ref get_type_hints",
            },
            "it loads native code": {
                "ctypes": "CDLL LibraryLoader.LoadLibrary OleDLL PyDLL WinDLL cdll.LoadLibrary dlopen "
                "oledll.LoadLibrary pydll.LoadLibrary windll.LoadLibrary",
                "sqlite3": "Connection.enable_load_extension Connection.load_extension",
            },
            "what it loads decides what is run": {
                "marshal": "load loads",
                "modulefinder": "ModuleFinder",
                "pickle": "Unpickler _Unpickler _load _loads load loads",
                "pstats": "Stats",
                "tracemalloc": "Snapshot.load",
            },
            "it calls what it is given": {
                "builtins": "filter map",
                "concurrent.futures._base": "Executor.map Executor.submit",
                "concurrent.futures.process": "ProcessPoolExecutor.map ProcessPoolExecutor.submit",
                "concurrent.futures.thread": "ThreadPoolExecutor.submit",
                "functools": "partial.__call__ reduce",
                "itertools": "accumulate dropwhile filterfalse groupby starmap takewhile",
                "multiprocessing": "Process",
                "multiprocessing.context": "ForkProcess ForkServerProcess Process SpawnProcess",
                "multiprocessing.pool": "Pool._map_async Pool.apply Pool.apply_async Pool.imap Pool.imap_unordered "
                "Pool.map Pool.map_async Pool.starmap Pool.starmap_async",
                "multiprocessing.process": "BaseProcess",
                "operator": "call methodcaller",
                "sys": "addaudithook call_tracing setprofile settrace",
                "threading": "setprofile setprofile_all_threads settrace settrace_all_threads",
                "xmlrpc.server": "SimpleXMLRPCDispatcher",
            },
            "it selects or changes what the config names, out of sight of this check": {
                "operator": "attrgetter contains delitem getitem itemgetter setitem",
                "weakref": "proxy",
                "xmlrpc.server": "resolve_dotted_attribute",
            },
            "it wraps a callable, which then escapes this check": {
                "abc": "abstractmethod",
                "builtins": "classmethod property staticmethod getset_descriptor.__get__ member_descriptor.__get__",
                "contextlib": "AsyncContextDecorator.__call__ ContextDecorator.__call__ asynccontextmanager "
                "contextmanager",
                "functools": "cache cached_property lru_cache partialmethod singledispatch singledispatchmethod "
                "update_wrapper wraps",
                "types": "ClassMethodDescriptorType.__get__ FunctionType MethodDescriptorType.__get__ MethodType "
                "WrapperDescriptorType.__get__ coroutine",
                "unittest.mock": "AsyncMock MagicMock Mock PropertyMock _patch _patch_dict "
                "_patch_multiple _patch_object create_autospec mock_open patch",
            },
            "it changes functions, classes or modules": {
                "abc": "ABCMeta.register",
                "dataclasses": "dataclass",
                "enum": "EnumMeta._convert_ EnumType._convert_ global_enum",
                "functools": "total_ordering",
            },
            "it makes a class": {
                "builtins": "type.__call__ type.__new__",
                "types": "new_class",
            },
            "it exposes live objects of the interpreter": {
                "_asyncio": "Task.get_stack",
                "_sitebuiltins": "_Helper",
                "asyncio.base_tasks": "_task_get_stack",
                "asyncio.tasks": "Task.get_stack",
                "builtins": "frame.clear help locals vars",
                "sys": "_current_exceptions _current_frames _getframe exc_info exception getobjects last_exc "
                "last_traceback last_value",
                "traceback": "_walk_tb_with_full_positions clear_frames walk_stack walk_tb",
            },
            "the text that it formats can read any attribute": {
                "builtins": "str.format str.format_map",
                "logging": "Formatter StrFormatStyle",
                "string": "Formatter._vformat Formatter.format Formatter.get_field Formatter.vformat",
            },
            "it changes the process environment": {"os": "putenv unsetenv"},
            "it changes what holds for this call": {
                "contextvars": "Context.run ContextVar.reset ContextVar.set copy_context",
            },
        }
    ),
}

#: Beginnings of names, for modules that are dangerous in all their versions.
FAMILIES = {
    **forbidden_packages.FAMILIES,
    "_testcapi.": "it exposes live objects of the interpreter",
    "_testinternalcapi.": "it exposes live objects of the interpreter",
    "bdb.": "it is a debugger",
    "ctypes.": "it reads and writes any memory",
    "distutils.": "it runs code from text, files or the network",
    "doctest.": "it runs code from text, files or the network",
    "ensurepip.": "it runs code from text, files or the network",
    "gc.": "it exposes live objects of the interpreter",
    "idlelib.": "it runs code from text, files or the network",
    "concurrent.interpreters.": "it runs code from text, files or the network",
    "copyreg.": "it changes how objects are copied and unpickled",
    "importlib._abc.": "it runs code from text, files or the network",
    "importlib._bootstrap": "it runs code from text, files or the network",
    "importlib.abc.": "it runs code from text, files or the network",
    "lib2to3.": "it runs code from text, files or the network",
    "logging.config.": "the configuration that it reads decides what is run",
    "multiprocessing.connection.": "what it loads decides what is run",
    "multiprocessing.forkserver.": "it runs programs",
    "multiprocessing.managers.": "what it loads decides what is run",
    "multiprocessing.popen_": "it runs programs",
    "multiprocessing.reduction.": "what it loads decides what is run",
    "multiprocessing.resource_tracker.": "it runs programs",
    "multiprocessing.spawn.": "what it loads decides what is run",
    "os.exec": "it runs programs",
    "os.spawn": "it runs programs",
    "pdb.": "it is a debugger",
    "pipes.": "it runs programs",
    "pydoc.": "it runs code from text, files or the network",
    "shelve.": "what it loads decides what is run",
    "site.": "it runs code from text, files or the network",
    "sys.monitoring.": "it exposes live objects of the interpreter",
    "test.libregrtest.": "it runs code from text, files or the network",
    "test.support.": "it runs code from text, files or the network",
    "trace.": "what it loads decides what is run",
    "unittest.loader.": "it runs code from text, files or the network",
    "unittest.main.": "it runs code from text, files or the network",
    "venv.": "it runs programs",
    "webbrowser.": "it runs programs",
    "zipimport.": "it runs code from text, files or the network",
    "yaml.": "what it loads decides what is run",
}

#: Harmless members of these families: each name for itself, not for what is reached through it.
FAMILY_EXCEPTIONS = frozenset(
    {
        *forbidden_packages.FAMILY_EXCEPTIONS,
        *("doctest.DocTest", "doctest.DocTestParser", "doctest.Example"),
        *("multiprocessing.connection.Pipe", "multiprocessing.connection.wait"),
        *("pydoc.HTMLDoc", "pydoc.TextDoc", "trace.Trace"),
        *("site.getsitepackages", "site.getuserbase", "site.getusersitepackages"),
        *("yaml.safe_dump", "yaml.safe_dump_all", "yaml.safe_load", "yaml.safe_load_all"),
    }
)

#: Dangerous, but what they do is all in the name: a user may consent to one of them.
NAMED_EFFECTS = {
    "mailbox": "it changes files",
    **dict.fromkeys(("http.server", "smtpd", "socketserver", "wsgiref.simple_server", "xmlrpc.server"), _SERVES),
    **_table(forbidden_packages.NAMED_EFFECTS),
    **_table(
        {
            "it ends or forks the process": {
                "_signal": "alarm pidfd_send_signal pthread_kill raise_signal setitimer",
                "_sitebuiltins": "Quitter",
                "argparse": "ArgumentParser.error ArgumentParser.exit",
                "builtins": "exit quit",
                "faulthandler": "_fatal_error_c_thread _read_null _sigabrt _sigfpe _sigsegv _stack_overflow",
                "optparse": "OptionParser.error OptionParser.exit",
                "os": "_exit abort fork forkpty kill killpg",
                "pty": "fork",
                "sys": "exit",
                "threading": "exit exit_thread interrupt_main",
            },
            "it changes whom or where the process is": {
                "contextlib": "chdir",
                "os": "chdir chroot fchdir initgroups login_tty setegid seteuid setgid setgroups setpgid setregid "
                "setns setpgrp setresgid setresuid setreuid setsid setuid tcsetpgrp unshare",
            },
            "it changes what holds for the whole process": {
                "_signal": "pthread_sigmask set_wakeup_fd siginterrupt signal",
                "asyncio.unix_events": "_UnixSelectorEventLoop.add_signal_handler",
                "cgi": "parse test",
                "cgitb": "enable",
                "_codecs": "register register_error unregister",
                "faulthandler": "register unregister",
                "fcntl": "fcntl flock ioctl lockf",
                "multiprocessing.util": "close_all_fds_except close_fds",
                "os": "nice register_at_fork sched_setaffinity sched_setparam sched_setscheduler setpriority umask",
                "resource": "prlimit setrlimit",
                "signal": "pthread_sigmask signal",
                "sys": "activate_stack_trampoline remote_exec set_asyncgen_hooks set_coroutine_origin_tracking_depth "
                "set_int_max_str_digits setdlopenflags setrecursionlimit setswitchinterval",
                "termios": "tcsetattr tcsetwinsize",
                "tty": "setcbreak setraw",
                "unittest.signals": "installHandler removeHandler",
            },
            _SERVES: {
                "_socket": "socket.bind socket.listen",
                "asyncio.base_events": "BaseEventLoop.create_datagram_endpoint BaseEventLoop.create_server",
                "asyncio.streams": "start_server start_unix_server",
                "asyncio.unix_events": "_UnixSelectorEventLoop.create_unix_server",
                "socket": "create_server",
            },
            "it changes files": {
                "_multiprocessing": "sem_unlink",
                "_socket": "close",
                "aifc": "Aifc_write",
                "binhex": "HexBin binhex hexbin",
                "compileall": "compile_dir compile_file compile_path main",
                "fileinput": "hook_encoded",
                "cProfile": "Profile.dump_stats",
                "gzip": "main",
                "http.cookiejar": "FileCookieJar.save LWPCookieJar.save MozillaCookieJar.save",
                "logging.handlers": "BaseRotatingHandler.rotate RotatingFileHandler.doRollover "
                "TimedRotatingFileHandler.doRollover",
                "multiprocessing.shared_memory": "SharedMemory.unlink",
                "os": "chflags chmod chown close closerange copy_file_range dup2 fchmod fchown ftruncate lchflags "
                "lchmod lchown link mkfifo mknod posix_fallocate pwrite pwritev remove removedirs removexattr rename "
                "renames replace rmdir sendfile setxattr splice symlink truncate unlink utime write writev",
                "pathlib": "Path.chmod Path.copy Path.copy_into Path.hardlink_to Path.lchmod Path.link_to Path.move "
                "Path.move_into Path.rename Path.replace Path.rmdir Path.symlink_to Path.touch Path.unlink "
                "Path.write_bytes Path.write_text",
                "profile": "Profile.dump_stats",
                "py_compile": "compile main",
                "readline": "append_history_file write_history_file",
                "shutil": "chown copy copy2 copyfile copymode copystat copytree make_archive move rmtree "
                "unpack_archive",
                "tarfile": "TarFile.chmod TarFile.chown TarFile.extract TarFile.extractall TarFile.makedev "
                "TarFile.makefifo TarFile.makefile TarFile.makelink TarFile.makeunknown TarFile.utime main",
                "sunau": "Au_write",
                "tracemalloc": "Snapshot.dump",
                "urllib.request": "URLopener.retrieve urlretrieve",
                "uu": "decode encode",
                "wave": "Wave_write",
                "zipapp": "create_archive main",
                "zipfile": "ZipFile.extract ZipFile.extractall main",
            },
        }
    ),
}

#: Harmless enough without an allow-list; under one they would be a way around it.
NEVER_LISTED = _table(
    {
        "it reaches what the allow-list doesn't name": {
            "builtins": "delattr getattr hasattr object.__getattribute__ setattr type.__getattribute__",
        },
        "it instantiates without the allow-list": {
            "hydra.utils": "call instantiate",
            "safe_instantiate": "Instantiator call instantiate instantiate_all instantiator",
        },
    }
)

#: These find an object by a path, which is judged as a target would be; with the name of the parameter that takes it.
DISCOVERY = {
    "hydra.utils.get_class": "path",
    "hydra.utils.get_method": "path",
    "hydra.utils.get_object": "path",
    "hydra.utils.get_static_method": "path",
    "hydra_zen.funcs.get_obj": "path",
    **forbidden_packages.DISCOVERY,
    # What an entry point says is no argument of its `load`: judged is what comes back.
    "importlib.metadata.EntryPoint.load": "self",
    "importlib_metadata.EntryPoint.load": "self",
    "pkgutil.resolve_name": "name",
}

#: Hydra's own way to nest instantiation is public, though its code is not.
INSTANTIATE = frozenset({"hydra._internal.instantiate._instantiate2.instantiate"})
PUBLIC_INSTANTIATE = frozenset({"hydra.utils.call", "hydra.utils.instantiate"})

#: This library's own, by where they are defined.
OWN_INSTANTIATE = frozenset(
    {
        "safe_instantiate.distributed.rank_zero.rank_zero_only",
        "safe_instantiate.instantiator.instantiate",
        "safe_instantiate.instantiator.instantiate_all",
    }
)

#: The argument of theirs with which code says what a config may name.
OWN_LIST = "_execution_whitelist_"

#: The options of torch.compile with a text that only chooses: any other may be a program, its flags, or a folder.
COMPILER_CHOICES = frozenset(
    {
        *("cpu_backend", "cuda_backend", "layout_opt_default", "max_autotune_conv_backends"),
        *("max_autotune_flex_search_space", "max_autotune_gemm_backends", "max_autotune_gemm_search_space"),
    }
)
