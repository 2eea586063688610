// question = "What do the pages of listed companies merely load from others, who serve them nothing?"
// about = """
// One row per page and host from which it loads something, where neither the host's owner nor anybody in its ownership
// chain provides a service to the page's domain. A page that shows a font, a map or a button of a firm is no client of
// it: in 2020 exactly this was mistaken for service, and had to be corrected. Companies on the list, or the one asked for.
// """
// says_not = """
// Not that the firm serves the company: a browser of a visitor fetches the resource. Not that the firm knows of it.
// An owner that is empty is unknown.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.list]
// type = "string"
// doc = "the watchlist"
// default = "us-entity-list"
// example = "us-cmic"
//
// [parameters.entity]
// type = "string"
// doc = "only this company, by its id, on a list or not"
// example = "hikvision"
//
// [columns]
// company = "whose page it is"
// page = "the page's domain"
// host = "what it loads from"
// owner = "whose host that is, by the longest domain name whose owner is known; empty where unknown"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// companies on the list on the day, or the one that was asked for
CALL (as_of, known_on) {
  MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
  WHERE $entity IS NULL
    AND l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
    AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
    AND NOT EXISTS {
      MATCH (c)-[x:LISTED_ON]->(w)
      WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
        AND x.until_known > l.known_from AND x.until_known <= known_on
        AND (x.known_until IS NULL OR x.known_until > known_on)
    }
  RETURN DISTINCT c
  UNION
  MATCH (c:Company {id: $entity})
  RETURN c
}
WITH as_of, known_on, collect(c) AS companies
UNWIND companies AS c
MATCH (c)<-[o:OWNED_BY]-(page:Domain)<-[m:EMBEDDED_IN]-(host:Domain)
WHERE m.known_from <= known_on AND (m.known_until IS NULL OR m.known_until > known_on) AND m.first_seen_min <= as_of
  AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
  AND (o.from IS NULL OR o.from <= m.last_seen_min AND o.from <= as_of)
  AND (o.until IS NULL OR o.until > m.last_seen_max OR o.until > as_of OR o.until_known > known_on)
// whose host: of a.b.c its own owner, else that of b.c, else that of c
WITH DISTINCT as_of, known_on, c, page, m, host
WITH as_of, known_on, c, page, m, host, split(host.name, '.') AS labels
CALL (as_of, known_on, labels, page) {
  UNWIND range(0, size(labels) - 1) AS cut
  WITH as_of, known_on, page, cut, reduce(name = labels[cut], x IN labels[cut + 1..] | name + '.' + x) AS name
  MATCH (:Domain {name: name})-[r:OWNED_BY]->(k:Company)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
  WITH as_of, known_on, page, cut, k
  ORDER BY cut, k.name, k.id
  WITH as_of, known_on, page, cut, collect(DISTINCT k) AS owners
  ORDER BY cut
  LIMIT 1
  RETURN collect(owners) AS found
}
WITH as_of, known_on, c, page, m, host, coalesce(head(found), []) AS owners
// the providers of the page, and who is above them
WITH c, page, m, host, owners, COLLECT {
       MATCH (page)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)-[rs:OWNED_BY*1..6]->(k:Company)
       WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
         AND s.first_seen_min <= as_of AND coalesce(s.known_cause, '') <> 'retraction'
         AND all(r IN rs WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
                 AND (r.from IS NULL OR r.from <= as_of)
                 AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on))
       RETURN DISTINCT k.id
     } AS serving
WHERE NOT any(k IN owners WHERE k.id IN serving OR k = c)
RETURN c.name AS company, page.name AS page, host.name AS host,
       reduce(text = null, k IN owners | coalesce(text + '; ', '') + k.name) AS owner,
       toString(m.first_seen_min)
         + CASE WHEN m.first_seen_min = m.first_seen_max THEN '' ELSE '/' + toString(m.first_seen_max) END AS first_seen,
       toString(m.last_seen_min)
         + CASE WHEN m.last_seen_min = m.last_seen_max THEN '' ELSE '/' + toString(m.last_seen_max) END AS last_seen,
       COLLECT {
         UNWIND m.evidence AS evidence_id
         MATCH (e:Evidence {id: evidence_id})
         RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                 locator: e.locator}
         ORDER BY e.source, e.url, e.id
       } AS evidence
ORDER BY company, c.id, page, host, first_seen, m.id
