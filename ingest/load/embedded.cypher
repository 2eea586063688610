// What these pages are known to load from others.
UNWIND $keys AS key
MATCH (:Domain {name: key})<-[m:EMBEDDED_IN]-(:Domain)
RETURN m.id AS id, m.known_from AS known_from, m.evidence AS evidence, m.first_seen_min AS first_seen_min,
       m.first_seen_max AS first_seen_max, m.last_seen_min AS last_seen_min, m.last_seen_max AS last_seen_max
