// question = "What did anybody say about this company, provider or domain, and about the claims on it?"
// about = """
// One row per statement and claim, oldest first: reports, retractions, corrections, disputes, replies, and the reviews
// that decided them. For a company also what was said about the domains that it owns on the day; for a provider also
// about what it provides. Outcomes are those that were known by the day of our knowledge.
// """
// says_not = """
// Not that a statement is true: it is what somebody said. No statement does not mean that nobody objects: only what
// was published or sent to us stands here.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.entity]
// type = "string"
// doc = "id of a company or provider, or a domain name"
// required = true
// example = "hikvision"
//
// [columns]
// statement_date = "when"
// kind = "report, retraction, correction, dispute, reply or review"
// statement_by = "who says it"
// statement_text = "in which words"
// statement_url = "where"
// outcome = "what came of it: upheld, rejected, corrected or open; of a review, what it decided"
// decided = "when that was decided; empty while it is open"
// answers = "the statement that a review or reply is about"
// subject = "whom it is about"
// fact = "the claim in words"
// claim = "full id of the claim; empty where it is about the subject as a whole"
// statement = "id of the statement"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// about the entity; about the domains that it owns on the day; about what it provides
CALL (as_of, known_on) {
  MATCH (t:Company {id: $entity})<-[n:CONCERNS]-(st:Statement)
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (t:Provider {id: $entity})<-[n:CONCERNS]-(st:Statement)
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (t:Domain {name: $entity})<-[n:CONCERNS]-(st:Statement)
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (:Company {id: $entity})<-[r:OWNED_BY]-(t:Domain)
  WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
    AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
  MATCH (t)<-[n:CONCERNS]-(st:Statement)
  RETURN st, n.claim AS claim, t
  UNION
  MATCH (p:Provider {id: $entity})
  MATCH (st:Statement)-[n:CONCERNS]->(t:Company|Domain)
  WHERE EXISTS { MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p)
                 WHERE s.claim = n.claim AND s.known_from <= known_on AND s.first_seen_min <= as_of
                   AND (s.known_until IS NULL OR s.known_until > known_on OR s.known_cause = 'retraction') }
  RETURN st, n.claim AS claim, t
}
// the claim in words; also one that was withdrawn since
CALL (t, claim, as_of, known_on) {
  CALL (t, claim, as_of, known_on) {
    MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
    WHERE s.claim = claim AND s.known_from <= known_on AND s.first_seen_min <= as_of
    RETURN CASE WHEN s.known_until <= known_on THEN s.known_until END AS withdrawn,
           p.name + CASE WHEN s.known_cause = 'retraction' THEN ' was said to serve ' ELSE ' serves ' END + t.name
             + ': ' + s.service + coalesce(' (' + s.role + ')', '') + coalesce(' at ' + s.host, '') AS fact
    UNION ALL
    MATCH (t)<-[s:NAMED_FOR]-(u:UnresolvedName)
    WHERE s.claim = claim AND s.known_from <= known_on AND s.first_seen_min <= as_of
    RETURN CASE WHEN s.known_until <= known_on THEN s.known_until END AS withdrawn,
           'the label ' + u.label + ' stands for ' + s.service + ' of ' + t.name AS fact
    UNION ALL
    MATCH (t)-[r:OWNED_BY]->(o:Company)
    WHERE r.claim = claim AND r.known_from <= known_on AND (r.from IS NULL OR r.from <= as_of)
    RETURN CASE WHEN r.known_until <= known_on THEN r.known_until END AS withdrawn,
           t.name + CASE WHEN r.until <= as_of AND r.until_known <= known_on THEN ' belonged to ' ELSE ' belongs to ' END
             + o.name + ' (' + r.basis + ')' AS fact
    UNION ALL
    MATCH (t)-[b:BASED_IN]->(k:Country)
    WHERE b.claim = claim AND b.known_from <= known_on AND (b.from IS NULL OR b.from <= as_of)
    RETURN CASE WHEN b.known_until <= known_on THEN b.known_until END AS withdrawn,
           t.name + CASE WHEN b.until <= as_of AND b.until_known <= known_on THEN ' was based in ' ELSE ' is based in ' END
             + k.code + ' (' + b.basis + ')' AS fact
    UNION ALL
    MATCH (t)-[l:LISTED_ON]->(w:Watchlist)
    WHERE l.claim = claim AND l.known_from <= known_on AND l.from <= as_of
    RETURN CASE WHEN l.known_until <= known_on THEN l.known_until END AS withdrawn,
           t.name + CASE WHEN l.until <= as_of AND l.until_known <= known_on THEN ' stood on ' ELSE ' stands on ' END
             + w.id + ' as ' + l.named AS fact
  }
  RETURN max(fact) + CASE WHEN count(withdrawn) < count(*) THEN ''
                          ELSE ' (withdrawn ' + toString(max(withdrawn)) + ')' END AS fact
}
WITH known_on, st, t, claim, fact
WHERE claim IS NULL OR fact IS NOT NULL
CALL (st) {
  RETURN st AS x, null AS answers
  UNION ALL
  MATCH (st)<-[:CONCERNS]-(x:Statement)
  RETURN x, st.kind + ' by ' + st.by + ' of ' + toString(st.date) AS answers
}
WITH known_on, t, claim, fact, x, answers
WHERE x.date <= known_on
RETURN toString(x.date) AS statement_date, x.kind AS kind, x.by AS statement_by, x.text AS statement_text,
       x.url AS statement_url, CASE WHEN x.decided > known_on THEN 'open' ELSE x.outcome END AS outcome,
       CASE WHEN x.decided <= known_on THEN toString(x.decided) END AS decided, answers, t.name AS subject,
       CASE WHEN claim IS NULL THEN 'all that is said of ' + t.name ELSE fact END AS fact, claim, x.id AS statement
ORDER BY statement_date, kind, statement_by, subject, fact, claim, statement, answers
