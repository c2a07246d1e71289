#include <stdio.h>

#include "record.h"

void
alert(struct gen *gen, const struct alert *alert)
{
	const struct org *org = gen->org;
	char id[GUID_TEXT_MAX];
	struct slice at;

	text_guid(id, &gen->rng);
	gen_begin(gen);
	at = gen->v[F_TIME];
	gen_setf(gen, F_ALERT, "%s", id);
	gen_set(gen, F_USERID, "SecurityComplianceAlerts");
	gen_set(gen, F_CATEGORY, alert->category);
	gen_set(gen, F_SEV, alert->severity);
	gen_set(gen, F_SOURCE, "Office 365 Security & Compliance");
	gen_set(gen, F_TNAME, alert->name);
	gen_set(gen, F_TUPN, alert->about->upn);
	gen_set_guid(gen, F_POLICY);
	gen_setf(gen, F_DATA,
	    "{\"f3u\":\"%s\",\"ts\":\"" SLICE_FMT ".0000000Z\",\"te\":\""
	    SLICE_FMT ".0000000Z\",\"op\":\"%s\",\"wl\":\"Exchange\","
	    "\"tid\":\"%s\",\"tdc\":\"1\",\"lon\":\"%s\",\"an\":\"%s\","
	    "\"sev\":\"%s\"}",
	    alert->about->upn, SLICE_ARG(at), SLICE_ARG(at), alert->operation,
	    org->tenant, alert->operation, alert->name, alert->severity);
	gen_emit(gen, SHAPE_ALERT);
	gen_set_guid(gen, F_ID);
	gen_setf(gen, F_DATA,
	    "{\"etype\":\"User\",\"eid\":\"%s\",\"tid\":\"%s\",\"ts\":\""
	    SLICE_FMT ".0000000Z\",\"te\":\"" SLICE_FMT
	    ".0000000Z\",\"op\":\"%s\",\"tdc\":\"1\",\"suid\":\"%s\","
	    "\"ut\":\"Regular\",\"lon\":\"%s\"}",
	    alert->about->upn, org->tenant, SLICE_ARG(at), SLICE_ARG(at),
	    alert->operation, alert->about->upn, alert->operation);
	gen_emit(gen, SHAPE_ALERT_ENTITY);
}

void
compliance_cmdlet(struct gen *gen, const struct who *who)
{
	gen_begin(gen);
	gen_who(gen, who);
	gen_emit(gen, SHAPE_COMPLIANCE_CMDLET);
}

void
compliance_insights(struct gen *gen, const struct who *who)
{
	gen_begin(gen);
	gen_who(gen, who);
	gen_emit(gen, SHAPE_INSIGHTS);
}
