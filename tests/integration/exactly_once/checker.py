"""What must hold of output at any moment, and at the end.

A check compares rows with the reference on a prefix of the input, and says what is wrong in
sentences; `lost` and `doubled` are counted besides. It knows nothing of processes and files, so that
checker_test.py can show that it finds what it is for.
"""

import dataclasses

EXAMPLES = 3


@dataclasses.dataclass
class Findings:
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    problems: list = dataclasses.field(default_factory=list)

    def add(self, what, items):
        items = list(items)
        if items:
            examples = ", ".join(str(item) for item in sorted(items, key=str)[:EXAMPLES])
            self.problems.append(f"{len(items)} {what}: {examples}{', ...' if len(items) > EXAMPLES else ''}")
        return len(items)

    def merge(self, name, other):
        self.rows += other.rows
        self.lost += other.lost
        self.doubled += other.doubled
        self.problems.extend(f"{name}: {problem}" for problem in other.problems)


def take_once(pairs, findings):
    """{id: row}; a second row of an id is a finding."""
    rows = {}
    doubled = []
    for identity, row in pairs:
        findings.rows += 1
        if identity in rows:
            doubled.append(identity)
        else:
            rows[identity] = row
    findings.doubled += findings.add("doubled", doubled)
    return rows


def check_rows(pairs, expected, is_right):
    """Each row of the input exactly once.

    pairs: (part, sequence), row. expected: {part: range of the sequences that must be there, and no others}.
    is_right: whether the row belongs to its id.
    """
    findings = Findings()
    rows = take_once(pairs, findings)
    findings.add("changed", (f"{identity}: {row}" for identity, row in rows.items() if not is_right(identity, row)))
    early = []
    there = {part: 0 for part in expected}
    for part, seq in rows:
        if part in expected and seq in expected[part]:
            there[part] += 1
        else:
            early.append((part, seq))
    findings.add("not of any complete epoch, or not of the input", early)
    for part, sequences in expected.items():
        if there[part] != len(sequences):
            lost = [(part, seq) for seq in sequences if (part, seq) not in rows]
            findings.lost += findings.add("lost", lost)
    return findings


def check_subset(pairs, is_right):
    """As check_rows, of which any may be missing."""
    findings = Findings()
    rows = take_once(pairs, findings)
    findings.add("changed", (f"{identity}: {row}" for identity, row in rows.items() if not is_right(identity, row)))
    return findings


def check_windows(pairs, reference, end_of, watermark=None, final=False):
    """Results of windows, which close in the order of their ends.

    pairs: id, row. reference: {id: row} of the whole input. end_of: the end of an id's window. watermark: what
    the sources have come to, None when they have ended.
    """
    findings = Findings()
    rows = take_once(pairs, findings)
    findings.add("not in the reference", (identity for identity in rows if identity not in reference))
    findings.add("changed", (f"{identity}: {row}, not {reference[identity]}" for identity, row in rows.items()
                             if identity in reference and reference[identity] != row))
    newest = max((end_of(identity) for identity in rows), default=None)
    if watermark is not None and newest is not None and newest > watermark:
        findings.add(f"of windows that end after the watermark {watermark}",
                     (identity for identity in rows if end_of(identity) > watermark))
    if len(rows) != len(reference):
        lost = [identity for identity in reference if identity not in rows
                and (final or (newest is not None and end_of(identity) <= newest))]
        findings.lost += findings.add("lost", lost)
    return findings


def check_grown(before, now):
    """What readers have seen stays: `before` and `now` are sets of rows."""
    findings = Findings()
    findings.lost += findings.add("gone that was published", before - now)
    return findings
