"""The comparison with the installed Hydra."""

from safe_instantiate.hydra_compat import READS_LAZILY

collect_ignore = ["test_rows_of_1_3.py" if READS_LAZILY else "test_rows_of_1_4.py"]
