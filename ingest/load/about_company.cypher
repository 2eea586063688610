// Evidence about a company; a sighting where it names a claim of service.
// Merged from this end, because one publication may be about thousands.
// What was known or withdrawn by a day stays so, whichever file comes first.
UNWIND $rows AS row
MATCH (t:Company {id: row.key})
MATCH (e:Evidence {id: row.evidence})
MERGE (t)<-[a:ABOUT {id: row.id}]-(e)
SET a.claim = row.claim, a.run = row.run, a.seen_min = date(row.seen_min), a.seen_max = date(row.seen_max),
    a.known_from = CASE WHEN a.known_from < date(row.known_from) THEN a.known_from ELSE date(row.known_from) END,
    a.ended = date(row.ended), a.ended_known = date(row.ended_known),
    a.basis = row.basis, a.strength = row.strength,
    a.confidence = row.confidence, a.named = row.named, a.label = row.label,
    a.rules = row.rules, a.against = row.against
