// Evidence about a company; a sighting where it names a claim of service.
UNWIND $rows AS row
MATCH (t:Company {id: row.key})
MATCH (e:Evidence {id: row.evidence})
MERGE (e)-[a:ABOUT {id: row.id}]->(t)
SET a.claim = row.claim, a.run = row.run, a.known_from = date(row.known_from), a.seen_min = date(row.seen_min),
    a.seen_max = date(row.seen_max), a.ended = date(row.ended), a.ended_known = date(row.ended_known),
    a.retracted = date(row.retracted), a.basis = row.basis, a.strength = row.strength,
    a.confidence = row.confidence, a.named = row.named, a.label = row.label
