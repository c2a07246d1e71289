#ifndef RUN_CASE_RULES_H
#define RUN_CASE_RULES_H

/* A single rule, and a correlation: three failures of one person in 60 s. */
#define CASE_RULES                                                             \
	"title: Rule added\nname: one\n"                                       \
	"id: 11111111-1111-4111-8111-111111111111\n"                           \
	"logsource: {product: m365}\nlevel: high\n"                            \
	"detection: {s: {Operation: New-InboxRule}, condition: s}\n"           \
	"---\ntitle: Failed\nname: failed\n"                                   \
	"id: 22222222-2222-4222-8222-222222222222\n"                           \
	"logsource: {product: m365}\nlevel: low\n"                             \
	"detection: {s: {Operation: UserLoginFailed}, condition: s}\n"         \
	"---\ntitle: Three failed\n"                                           \
	"id: 33333333-3333-4333-8333-333333333333\n"                           \
	"level: medium\ncorrelation: {type: event_count, rules: [failed],\n"   \
	" group-by: [UserId], timespan: 60s, condition: {gte: 3}}\n"

#endif
