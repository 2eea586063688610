// The outcome of statements, by their newest review.
UNWIND $rows AS row
MATCH (s:Statement {id: row.id})
SET s.outcome = row.outcome, s.decided = date(row.decided)
