// Every listing that one source states, as it stands in the store.
MATCH (c:Company)-[r:LISTED_ON {source: $source}]->(w:Watchlist)
RETURN r.id AS id, c.id AS company, w.id AS watchlist, r.entry AS entry, r.named AS named,
       r.original AS original, r.destination AS destination, r.programme AS programme,
       r.citations AS citations, r.stated_from AS stated_from, r.stated_until AS stated_until,
       r.from_published AS published, r.corrected_by AS corrected_by, r.verified AS verified, r.note AS note,
       r.evidence AS evidence, r.version_first AS version_first, r.version_last AS version_last
