// Reviews, and replies to what was said.
UNWIND $rows AS row
MATCH (t:Statement {id: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (t)<-[r:CONCERNS {id: row.id}]-(s)
SET r.claim = row.claim, r.retracts = row.retracts
