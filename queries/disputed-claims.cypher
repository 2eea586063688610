// question = "Which claims does somebody dispute, and what was said?"
// about = """
// One row per open dispute and claim: open is what nobody had decided by the day of our knowledge. A dispute of a
// company, provider or domain as a whole is one row. For an entity: what is disputed of it, and for a provider and for
// the owner of a domain the claims of service too.
// """
// says_not = """
// Not who is right: a dispute is shown as it was made, and the claim stays until a review decides. What was upheld
// stands under retracted-claims; what was rejected, and replies, under statements-of.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a company or provider, or a domain name"
// example = "hikvision"
//
// [columns]
// subject = "whom the claim is about"
// fact = "the claim in words"
// claim = "full id of the claim; empty where all that is said of the subject is disputed"
// statement_by = "who disputes it"
// statement_date = "when"
// statement_text = "in which words"
// statement_url = "where"
// evidence = "what the claim rests on: each with id, source, address, date"
// statement = "id of the statement"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// disputes: all of them; of the entity; of the domains that it owns on the day; of what it provides
CALL (as_of, known_on) {
  MATCH (st:Statement {kind: 'dispute'})-[n:CONCERNS]->(t:Company|Provider|Domain)
  WHERE $entity IS NULL
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (t:Company {id: $entity})<-[n:CONCERNS]-(st:Statement {kind: 'dispute'})
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (t:Provider {id: $entity})<-[n:CONCERNS]-(st:Statement {kind: 'dispute'})
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (t:Domain {name: $entity})<-[n:CONCERNS]-(st:Statement {kind: 'dispute'})
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (:Company {id: $entity})<-[r:OWNED_BY]-(t:Domain)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
  MATCH (t)<-[n:CONCERNS]-(st:Statement {kind: 'dispute'})
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (p:Provider {id: $entity})
  MATCH (st:Statement {kind: 'dispute'})-[n:CONCERNS]->(t:Company|Domain)
  WHERE EXISTS { MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p)
                 WHERE s.claim = n.claim AND s.known_from <= known_on
                   AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of }
  RETURN st, n.claim AS claim, t
}
WITH as_of, known_on, st, claim, t
WHERE st.date <= known_on AND (st.decided IS NULL OR st.decided > known_on)
// the claim in words; also one that was withdrawn since
CALL (t, claim, as_of, known_on) {
  CALL (t, claim, as_of, known_on) {
    MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
    WHERE s.claim = claim AND s.known_from <= known_on AND s.first_seen_min <= as_of
    RETURN s.evidence AS cited, CASE WHEN s.known_until <= known_on THEN s.known_until END AS withdrawn,
           p.name + CASE WHEN s.known_cause = 'retraction' THEN ' was said to serve ' ELSE ' serves ' END + t.name
             + ': ' + s.service + coalesce(' (' + s.role + ')', '') + coalesce(' at ' + s.host, '') AS fact
    UNION ALL
    MATCH (t)<-[s:NAMED_FOR]-(u:UnresolvedName)
    WHERE s.claim = claim AND s.known_from <= known_on AND s.first_seen_min <= as_of
    RETURN s.evidence AS cited, CASE WHEN s.known_until <= known_on THEN s.known_until END AS withdrawn,
           'the label ' + u.label + ' stands for ' + s.service + ' of ' + t.name AS fact
    UNION ALL
    MATCH (t)-[r:OWNED_BY]->(o:Company)
    WHERE r.claim = claim AND r.known_from <= known_on AND (r.from IS NULL OR r.from <= as_of)
    RETURN r.evidence AS cited, CASE WHEN r.known_until <= known_on THEN r.known_until END AS withdrawn,
           t.name + CASE WHEN r.until <= as_of AND r.until_known <= known_on THEN ' belonged to ' ELSE ' belongs to ' END
             + o.name + ' (' + r.basis + ')' AS fact
    UNION ALL
    MATCH (t)-[b:BASED_IN]->(k:Country)
    WHERE b.claim = claim AND b.known_from <= known_on AND (b.from IS NULL OR b.from <= as_of)
    RETURN b.evidence AS cited, CASE WHEN b.known_until <= known_on THEN b.known_until END AS withdrawn,
           t.name + CASE WHEN b.until <= as_of AND b.until_known <= known_on THEN ' was based in ' ELSE ' is based in ' END
             + k.code + ' (' + b.basis + ')' AS fact
    UNION ALL
    MATCH (t)-[l:LISTED_ON]->(w:Watchlist)
    WHERE l.claim = claim AND l.known_from <= known_on AND l.from <= as_of
    RETURN l.evidence AS cited, CASE WHEN l.known_until <= known_on THEN l.known_until END AS withdrawn,
           t.name + CASE WHEN l.until <= as_of AND l.until_known <= known_on THEN ' stood on ' ELSE ' stands on ' END
             + w.id + ' as ' + l.named AS fact
  }
  RETURN max(fact) + CASE WHEN count(withdrawn) < count(*) THEN ''
                          ELSE ' (withdrawn ' + toString(max(withdrawn)) + ')' END AS fact, reduce(ids = [], list IN collect(cited) | ids + list) AS cited
}
WITH st, t, claim, fact, cited
WHERE claim IS NULL OR fact IS NOT NULL
CALL (cited) {
  UNWIND cited AS evidence_id
  MATCH (e:Evidence {id: evidence_id})
  WITH DISTINCT e
  ORDER BY e.source, e.url, e.id
  RETURN collect({id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                  locator: e.locator}) AS evidence
}
RETURN t.name AS subject, CASE WHEN claim IS NULL THEN 'all that is said of ' + t.name ELSE fact END AS fact, claim,
       st.by AS statement_by, toString(st.date) AS statement_date, st.text AS statement_text, st.url AS statement_url,
       evidence, st.id AS statement
ORDER BY statement_date, subject, fact, claim, statement
