// Intervals that a better account of their sightings has replaced.
UNWIND $rows AS row
MATCH (t:Company {id: row.key})<-[s:SERVES|SAID_TO_SERVE|NAMED_FOR]-()
WHERE s.claim IN row.claims AND NOT s.id IN row.ids
DELETE s
