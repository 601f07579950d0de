"""The input: a pure function of (seed, partition, sequence), so that no checker keeps a copy.

The same arithmetic is in the SQL of the workloads that make their input up.
"""

VALUES = 1_000_003
BUSY = 500  # elements of the list that a row sorts, which is what makes files last


def value(seed, part, seq):
    return (seq * 7919 + part * 104_729 + seed * 31) % VALUES


def value_sql(seed, part="0", seq="counter"):
    return f"({seq} * 7919 + {part} * 104729 + {seed % VALUES * 31}) % {VALUES}"


def busy(v):
    """What a column that takes some microseconds comes to."""
    return BUSY + v % 7


def busy_sql(v="v"):
    return f"len(list_sort(range(0, {BUSY} + {v} % 7)))"
