-- Up to where entries of a kind may be gone (or will be in a moment), and up to where they are.
CREATE TABLE horizons (
  kind TEXT PRIMARY KEY,
  announced INTEGER NOT NULL,
  reached INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
