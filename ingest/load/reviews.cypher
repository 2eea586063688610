// What came of statements, oldest review first.
UNWIND $keys AS key
MATCH (s:Statement {id: key})<-[:CONCERNS]-(r:Statement {kind: 'review'})
RETURN key, r.outcome AS outcome, r.date AS day
ORDER BY r.date, r.id
