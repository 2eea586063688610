// What a run concluded for a service of a host; merged from the domain, because a run concludes about many.
UNWIND $rows AS row
MATCH (d:Domain {name: row.key})
MATCH (run:Run {id: row.run})
MERGE (d)<-[r:CONCLUDED {id: row.id}]-(run)
SET r.service = row.service, r.host = row.host, r.finding = row.finding, r.reason = row.reason, r.rules = row.rules
