// question = "What does a claim, or everything known of a company, provider or domain, rest on?"
// about = """
// One row per fact and piece of evidence; a fact that was withdrawn or taken back is among them, marked. Evidence that
// is about an entity without supporting a fact is a mention: its row has no fact. A claim by its full id is looked for
// in everything, because claims have no index: that takes seconds where millions are known; an entity is found at once.
// """
// says_not = """
// Not that the evidence proves the fact: open it and read. For a provider: what is about itself; the services that it
// provides stand under those whom it serves. What was said against a fact: see statements-of.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.claim]
// type = "string"
// doc = "full id of a claim; or id of a company or provider, or a domain name"
// required = true
// example = "hikvision"
//
// [columns]
// subject = "whom the fact is about"
// fact = "the fact in words; empty for a mere mention"
// claim = "full id of the claim"
// withdrawn = "since when nobody says so any more, or it is replaced or taken back; empty while it stands"
// seen = "the sighting of which this is the evidence: a day, or the window in which it lies"
// source = "publication or data set"
// title = "its title"
// publisher = "who published it"
// url = "what a reader opens"
// date = "day of publication, as the source gives it"
// quote = "the words that carry the fact"
// digest = "SHA-256 of the row or record as read"
// archived = "a copy in a web archive"
// locator = "where in the file"
// evidence_id = "id of the evidence"
WITH date($as_of) AS as_of, date($known_on) AS known_on
CALL () {
  MATCH (n:Company {id: $claim}) RETURN n, null AS asked
  UNION
  MATCH (n:Provider {id: $claim}) RETURN n, null AS asked
  UNION
  MATCH (n:Domain {name: $claim}) RETURN n, null AS asked
  UNION
  WITH $claim AS asked
  WHERE asked =~ '[0-9a-f]{64}'
  MATCH (:Evidence)-[a:ABOUT]->(n)
  WHERE a.claim = asked
  RETURN n, asked
}
// the facts about it, in words
CALL (n, as_of, known_on) {
  MATCH (n)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND s.first_seen_min <= as_of
  RETURN s.claim AS claim, s.evidence AS cited, CASE WHEN s.known_until <= known_on THEN s.known_until END AS withdrawn,
         p.name + CASE WHEN s.known_cause = 'retraction' THEN ' was said to serve ' ELSE ' serves ' END + n.name + ': '
           + s.service + coalesce(' (' + s.role + ')', '') + coalesce(' at ' + s.host, '') AS fact
  UNION ALL
  MATCH (n)<-[s:NAMED_FOR]-(u:UnresolvedName)
  WHERE s.known_from <= known_on AND s.first_seen_min <= as_of
  RETURN s.claim AS claim, s.evidence AS cited, CASE WHEN s.known_until <= known_on THEN s.known_until END AS withdrawn,
         'the label ' + u.label + ' stands for ' + s.service + ' of ' + n.name AS fact
  UNION ALL
  MATCH (n)-[r:OWNED_BY]->(o:Company)
  WHERE r.known_from <= known_on AND (r.from IS NULL OR r.from <= as_of)
  RETURN r.claim AS claim, r.evidence AS cited, CASE WHEN r.known_until <= known_on THEN r.known_until END AS withdrawn,
         n.name + CASE WHEN r.until <= as_of AND r.until_known <= known_on THEN ' belonged to ' ELSE ' belongs to ' END
           + o.name + ' (' + r.basis + ')' AS fact
  UNION ALL
  MATCH (n)-[b:BASED_IN]->(k:Country)
  WHERE b.known_from <= known_on AND (b.from IS NULL OR b.from <= as_of)
  RETURN b.claim AS claim, b.evidence AS cited, CASE WHEN b.known_until <= known_on THEN b.known_until END AS withdrawn,
         n.name + CASE WHEN b.until <= as_of AND b.until_known <= known_on THEN ' was based in ' ELSE ' is based in ' END
           + k.code + ' (' + b.basis + ')' AS fact
  UNION ALL
  MATCH (n)-[l:LISTED_ON]->(w:Watchlist)
  WHERE l.known_from <= known_on AND l.from <= as_of
  RETURN l.claim AS claim, l.evidence + [x IN [l.corrected_by] WHERE x IS NOT NULL] AS cited,
         CASE WHEN l.known_until <= known_on THEN l.known_until END AS withdrawn,
         n.name + CASE WHEN l.until <= as_of AND l.until_known <= known_on THEN ' stood on ' ELSE ' stands on ' END
           + w.id + ' as ' + l.named AS fact
}
WITH as_of, known_on, n, asked, claim, fact, cited, withdrawn
WHERE asked IS NULL OR claim = asked
ORDER BY withdrawn IS NULL, withdrawn, fact
WITH as_of, known_on, n, asked, claim, last(collect(fact)) AS fact, collect(cited) AS lists,
     CASE WHEN count(withdrawn) = count(*) THEN max(withdrawn) END AS withdrawn
WITH as_of, known_on, n, asked, collect({claim: claim, fact: fact, withdrawn: withdrawn,
       cited: reduce(ids = [], list IN lists | ids + list)}) AS facts
// what ABOUT says, and what stands on a fact alone: reviewed corrections of a list
CALL (n, asked, facts, as_of, known_on) {
  MATCH (n)<-[a:ABOUT]-(e:Evidence)
  WHERE a.known_from <= known_on AND (a.seen_min IS NULL OR a.seen_min <= as_of) AND (asked IS NULL OR a.claim = asked)
  RETURN e, a.claim AS claim, toString(a.seen_min)
           + CASE WHEN a.seen_min = a.seen_max THEN '' ELSE '/' + toString(a.seen_max) END AS seen
  UNION
  UNWIND facts AS f
  UNWIND f.cited AS evidence_id
  WITH n, f.claim AS claim, evidence_id
  MATCH (e:Evidence {id: evidence_id})
  WHERE NOT EXISTS { MATCH (n)<-[a:ABOUT]-(e) WHERE a.claim = claim }
  RETURN e, claim, null AS seen
}
WITH n, e, claim, seen, head([f IN facts WHERE f.claim = claim]) AS f
WHERE claim IS NULL OR f IS NOT NULL
RETURN n.name AS subject, f.fact AS fact, claim, toString(f.withdrawn) AS withdrawn, seen, e.source AS source,
       e.title AS title, e.publisher AS publisher, e.url AS url, coalesce(e.date_text, toString(e.date)) AS date,
       e.quote AS quote, e.digest AS digest, e.archived AS archived, e.locator AS locator, e.id AS evidence_id
ORDER BY subject, fact, claim, date, source, locator, url, seen, evidence_id
