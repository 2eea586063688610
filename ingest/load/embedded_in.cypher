// What pages load from others; merged from the page, because thousands may load from one host.
UNWIND $rows AS row
MATCH (page:Domain {name: row.page})
MATCH (host:Domain {name: row.host})
MERGE (page)<-[r:EMBEDDED_IN {id: row.id}]-(host)
SET r.claim = row.claim, r.source = row.source, r.run = row.run, r.evidence = row.evidence,
    r.known_from = date(row.known_from), r.known_until = date(row.known_until),
    r.first_seen_min = date(row.first_seen_min), r.first_seen_max = date(row.first_seen_max),
    r.last_seen_min = date(row.last_seen_min), r.last_seen_max = date(row.last_seen_max)
