"""Names of methods and attributes that do harm by what they are called on or given: sets and nothing else."""

from __future__ import annotations

#: No path goes through these.
IMPLEMENTATION_ATTRIBUTES = frozenset(
    {
        *("__annotate__", "__annotations__", "__builtins__", "__closure__", "__code__", "__defaults__", "__dict__"),
        *("__globals__", "__kwdefaults__", "__subclasses__", "f_locals"),
    }
)

#: Methods that change what they are called on, which may be the environment.
MUTATING_METHODS = frozenset(
    {
        *("__delattr__", "__delitem__", "__init__", "__ior__", "__setattr__", "__setitem__"),
        *("clear", "delattr", "pop", "popitem", "setattr", "setdefault", "update"),
    }
)

#: Functions and methods that change an attribute of anything, which may be code.
ATTRIBUTE_WRITERS = frozenset({"__delattr__", "__setattr__", "delattr", "setattr"})

#: What changes a dict, which may be the namespace of a module. (What `operator` offers is in NEVER, all but one.)
MAPPING_WRITERS = frozenset(
    {
        *("builtins.dict.__delitem__", "builtins.dict.__ior__", "builtins.dict.__setitem__", "builtins.dict.clear"),
        *("builtins.dict.pop", "builtins.dict.popitem", "builtins.dict.setdefault", "builtins.dict.update"),
        "operator.ior",
    }
)

#: Functions and methods that read an attribute whose name is an argument.
ATTRIBUTE_READERS = frozenset({"__getattribute__", "__getstate__", "getattr"})

#: All that reaches any attribute of anything.
ATTRIBUTE_ACCESS = ATTRIBUTE_READERS | ATTRIBUTE_WRITERS

#: Methods that change a list; with MUTATING_METHODS, all that changes the list of places where an import looks.
LIST_METHODS = frozenset({"__iadd__", "__imul__", "append", "extend", "insert", "remove", "reverse", "sort"})

#: All that changes a container, whichever kind it is of.
CHANGING_METHODS = frozenset(
    {
        *MUTATING_METHODS,
        *LIST_METHODS,
        *("__iand__", "__isub__", "__ixor__", "add", "appendleft", "difference_update", "discard", "extendleft"),
        *("intersection_update", "move_to_end", "popleft", "rotate", "subtract", "symmetric_difference_update"),
    }
)

#: Attributes that mean something to others also where an instance has them of its own: copying and pickling call
#: some, and numpy and torch take others for the address of an array.
PROTOCOLS = {
    **dict.fromkeys(("__copy__", "__deepcopy__", "__replace__"), "it says what copying calls"),
    **dict.fromkeys(("__getstate__", "__reduce__", "__reduce_ex__", "__setstate__"), "it says what copying calls"),
    **dict.fromkeys(
        ("__array_interface__", "__array_struct__", "__cuda_array_interface__"), "it says where in memory an array lies"
    ),
}

#: All names whose bearers have to be looked at once the arguments are known.
JUDGED_BY_ARGUMENTS = frozenset(
    {*MUTATING_METHODS, *ATTRIBUTE_READERS, *LIST_METHODS, "__call__", "__delete__", "__new__", "__set__", "ior"}
)
