// All sightings of these claims on a domain.
UNWIND $rows AS row
MATCH (t:Domain {name: row.key})<-[a:ABOUT]-(e:Evidence)
WHERE a.claim IN row.claims AND a.seen_min IS NOT NULL
RETURN a.claim AS claim, e.id AS evidence, a.seen_min AS seen_min, a.seen_max AS seen_max,
       a.known_from AS known_from, a.ended AS ended, a.ended_known AS ended_known,
       a.basis AS basis, a.strength AS strength, a.confidence AS confidence, a.named AS named, a.label AS label,
       a.rules AS rules, a.against AS against
