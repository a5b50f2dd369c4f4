"""The shape of the database, step by step: `user_version` counts the steps that were taken.

A step never changes once released; a new shape is a new step at the end.
"""

import sqlite3

FIRST = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE micrograph (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    mode TEXT NOT NULL,
    pixel_size_angstrom REAL,
    warnings TEXT NOT NULL,
    missing INTEGER NOT NULL DEFAULT 0,
    label_revision INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Everything that was ever done to a label, in the order in which it was acknowledged. Never changed.
CREATE TABLE operation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    op_id TEXT NOT NULL UNIQUE,
    micrograph INTEGER NOT NULL REFERENCES micrograph (id),
    kind TEXT NOT NULL CHECK (kind IN ('add', 'move', 'remove')),
    pick_id TEXT NOT NULL,
    x REAL,
    y REAL,
    label TEXT CHECK (label IN ('positive', 'negative')),
    source TEXT CHECK (source IN ('click', 'pick', 'import')),
    client TEXT NOT NULL,
    time REAL NOT NULL
) STRICT;

-- What the operations amount to.
CREATE TABLE label (
    micrograph INTEGER NOT NULL REFERENCES micrograph (id),
    pick_id TEXT NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    label TEXT NOT NULL CHECK (label IN ('positive', 'negative')),
    source TEXT NOT NULL CHECK (source IN ('click', 'pick', 'import')),
    PRIMARY KEY (micrograph, pick_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled', 'interrupted')),
    created REAL NOT NULL,
    labels INTEGER NOT NULL,
    labeled_micrographs INTEGER NOT NULL,
    settings TEXT NOT NULL,
    phase TEXT NOT NULL,
    progress TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    error TEXT NOT NULL
) STRICT;

-- Which picks a finished job left; the picks themselves are files.
CREATE TABLE pick_set (
    job TEXT NOT NULL REFERENCES job (id),
    micrograph INTEGER NOT NULL,
    count INTEGER NOT NULL,
    final INTEGER NOT NULL,
    step INTEGER NOT NULL,
    PRIMARY KEY (job, micrograph)
) STRICT, WITHOUT ROWID;
"""

# Every particle of a complete micrograph is labeled; `model` names what a job of kind pick picks with.
COMPLETE_AND_MODEL = """
ALTER TABLE micrograph ADD COLUMN complete INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN model TEXT;
"""

# Regions without picks, each an outline as JSON; `empty` says that a micrograph holds no particle.
EXCLUSIONS_AND_EMPTY = """
ALTER TABLE operation ADD COLUMN outline TEXT;
ALTER TABLE micrograph ADD COLUMN empty INTEGER NOT NULL DEFAULT 0;

CREATE TABLE exclusion (
    micrograph INTEGER NOT NULL REFERENCES micrograph (id),
    pick_id TEXT NOT NULL,
    outline TEXT NOT NULL,
    PRIMARY KEY (micrograph, pick_id)
) STRICT, WITHOUT ROWID;
"""

# Somebody has looked at a micrograph; `mean_score` is that of the picks at or above the default threshold.
LOOKED_AT_AND_MEAN_SCORE = """
ALTER TABLE micrograph ADD COLUMN looked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pick_set ADD COLUMN mean_score REAL;
"""

# A snapshot is a name for a point of the log of operations, with what the log does not hold: the marks of micrographs,
# as JSON, and how many there were. `who` is the name that a person goes by.
SNAPSHOTS_AND_NAMES = """
ALTER TABLE operation ADD COLUMN who TEXT NOT NULL DEFAULT '';
CREATE INDEX operation_by_micrograph ON operation (micrograph, seq);

CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    automatic INTEGER NOT NULL,
    who TEXT NOT NULL,
    time REAL NOT NULL,
    seq INTEGER NOT NULL,
    last_micrograph INTEGER NOT NULL,
    marks TEXT NOT NULL,
    labels INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    exclusions INTEGER NOT NULL,
    labeled_micrographs INTEGER NOT NULL
) STRICT;
"""

# A filament has two ends, as JSON.
FILAMENTS = """
ALTER TABLE operation ADD COLUMN ends TEXT;
ALTER TABLE snapshot ADD COLUMN filaments INTEGER NOT NULL DEFAULT 0;

CREATE TABLE filament (
    micrograph INTEGER NOT NULL REFERENCES micrograph (id),
    pick_id TEXT NOT NULL,
    ends TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('click', 'pick', 'import')),
    PRIMARY KEY (micrograph, pick_id)
) STRICT, WITHOUT ROWID;
"""

# What a CTF estimation said of a micrograph, from an imported file.
CTF = """
CREATE TABLE ctf (
    micrograph INTEGER PRIMARY KEY REFERENCES micrograph (id),
    defocus_u_angstrom REAL NOT NULL,
    defocus_v_angstrom REAL NOT NULL,
    angle_degrees REAL,
    resolution_angstrom REAL,
    figure_of_merit REAL
) STRICT;
"""

STEPS = (
    FIRST,
    COMPLETE_AND_MODEL,
    EXCLUSIONS_AND_EMPTY,
    LOOKED_AT_AND_MEAN_SCORE,
    SNAPSHOTS_AND_NAMES,
    FILAMENTS,
    CTF,
)


def version(connection: sqlite3.Connection) -> int:
    """How many steps the database has taken."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def migrate(connection: sqlite3.Connection) -> None:
    """Take the missing steps, each in one transaction together with its count."""
    for number, script in enumerate(STEPS[version(connection) :], start=version(connection) + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
