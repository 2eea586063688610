// What a run looked at; merged from the domain, because a run looks at many.
UNWIND $rows AS row
MATCH (d:Domain {name: row.key})
MATCH (run:Run {id: row.run})
MERGE (d)<-[r:CHECKED {id: row.id}]-(run)
SET r.service = row.service, r.host = row.host, r.final_host = row.final_host, r.outcome = row.outcome,
    r.time = datetime(row.time), r.vantage = row.vantage
