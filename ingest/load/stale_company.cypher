// Intervals that a better account of their sightings has replaced; a retracted one keeps its id, not its type.
UNWIND $rows AS row
MATCH (t:Company {id: row.key})<-[s:SERVES|SAID_TO_SERVE|NAMED_FOR]-()
WHERE s.claim IN row.claims AND NOT type(s) + ' ' + s.id IN row.kept
DELETE s
