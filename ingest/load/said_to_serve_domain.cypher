// Intervals of claims on a domain; merged from this end, because a provider may have hundreds of thousands.
UNWIND $rows AS row
MATCH (t:Domain {name: row.key})
MATCH (p:Provider {id: row.who})
MERGE (t)<-[s:SAID_TO_SERVE {id: row.id}]-(p)
SET s.claim = row.claim, s.source = row.source, s.run = row.run, s.evidence = row.evidence,
    s.known_from = date(row.known_from), s.known_until = date(row.known_until), s.known_cause = row.known_cause,
    s.service = row.service, s.role = row.role, s.host = row.host, s.scope = row.scope, s.basis = row.basis,
    s.strength = row.strength, s.confidence = row.confidence, s.named = row.named, s.label = row.label,
    s.rules = row.rules, s.against = row.against,
    s.first_seen_min = date(row.first_seen_min), s.first_seen_max = date(row.first_seen_max),
    s.last_seen_min = date(row.last_seen_min), s.last_seen_max = date(row.last_seen_max),
    s.ended = date(row.ended), s.ended_known = date(row.ended_known), s.start_cause = row.start_cause,
    s.end_cause = row.end_cause, s.sightings = row.sightings
