// What somebody said about claims.
UNWIND $rows AS row
MERGE (s:Statement {id: row.id})
SET s.kind = row.kind, s.by = row.by, s.date = date(row.date), s.text = row.text, s.url = row.url,
    s.outcome = row.outcome, s.decided = date(row.decided), s.source = row.source
