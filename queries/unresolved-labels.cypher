// question = "Which provider labels could nobody resolve yet, and whom do they stand for serving?"
// about = """
// One row per label, service, subject and interval. A label that no file of the catalogue has is neither dropped nor
// guessed: it stands here until a reviewed line says which provider it is.
// """
// says_not = """
// Not who serves the domain: the label may be a provider, a reseller, a piece of software or the company itself.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.source]
// type = "string"
// doc = "only labels of this publication or data set"
// example = "imc2020"
//
// [columns]
// label = "the provider as the source writes it"
// source = "the publication or data set"
// service = "what it is said to provide"
// subject = "the domain, or the company where no domain was named"
// company = "the company, or the owner of the domain"
// first_seen = "first sighting: a day, or the window in which it lies"
// last_seen = "last sighting: a day, or the window in which it lies"
// basis = "how we know, the strongest where there are several"
// evidence = "what it rests on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
MATCH (u:UnresolvedName)-[s:NAMED_FOR]->(t:Company|Domain)
WHERE ($source IS NULL OR u.source = $source)
  AND s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
WITH known_on, u, s, t,
     CASE WHEN s.last_seen_min < as_of THEN s.last_seen_min ELSE as_of END AS at_min,
     CASE WHEN s.last_seen_max < as_of THEN s.last_seen_max ELSE as_of END AS at_max
OPTIONAL MATCH (t)-[r:OWNED_BY]->(o:Company)
WHERE t:Domain AND r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
  AND (r.from IS NULL OR r.from <= at_min) AND (r.until IS NULL OR r.until > at_max OR r.until_known > known_on)
WITH u, s, t, o.name AS owner
ORDER BY owner
WITH u, s, t, collect(DISTINCT owner) AS owners
CALL (s) {
  UNWIND s.evidence AS evidence_id
  MATCH (e:Evidence {id: evidence_id})
  WITH e
  ORDER BY e.source, e.url, e.id
  RETURN collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                  locator: e.locator}) AS evidence
}
RETURN u.label AS label, u.source AS source, s.service AS service, t.name AS subject,
       CASE WHEN t:Company THEN t.name
            ELSE reduce(text = null, name IN owners | coalesce(text + '; ', '') + name) END AS company,
       toString(s.first_seen_min)
         + CASE WHEN s.first_seen_min = s.first_seen_max THEN '' ELSE '/' + toString(s.first_seen_max) END AS first_seen,
       toString(s.last_seen_min)
         + CASE WHEN s.last_seen_min = s.last_seen_max THEN '' ELSE '/' + toString(s.last_seen_max) END AS last_seen,
       s.basis AS basis, evidence
ORDER BY label, source, service, subject, first_seen, s.id
