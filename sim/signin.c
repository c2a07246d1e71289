#include "signin.h"

#include <stdio.h>
#include <string.h>

#include "record_mail_id.h"

/* What the suite says about an error number (AADSTS). */
static const struct fault {
	unsigned number;
	const char *logon_error; /* in the audit log */
	const char *reason;      /* in sign-ins */
} faults[] = {
    {0, "", ""},
    {50053, "IdsLocked",
        "The account is locked, you've tried to sign in too many times with an "
        "incorrect user ID or password."},
    {50055, "InvalidPasswordExpiredPassword",
        "Invalid password, entered expired password."},
    {50058, "UserInformationNotProvided",
        "Session information is not sufficient for single-sign-on."},
    {50072, "UserStrongAuthEnrollmentRequiredInterrupt",
        "User needs to enroll for second factor authentication (interactive)."},
    {50074, "UserStrongAuthClientAuthNRequired",
        "Strong Authentication is required."},
    {50076, "UserStrongAuthClientAuthNRequiredInterrupt",
        "Due to a configuration change made by your administrator, or because "
        "you moved to a new location, you must use multi-factor authentication "
        "to access the resource."},
    {50126, "InvalidUserNameOrPassword",
        "Error validating credentials due to invalid username or password."},
    {50140, "KmsiInterrupt",
        "This error occurred due to 'Keep me signed in' interrupt when the "
        "user was signing-in."},
    {65001, "DelegationDoesNotExist",
        "The user or administrator has not consented to use the application."},
    {500121, "AuthenticationFailedDuringStrongAuthenticationRequest",
        "Authentication failed during strong authentication request."},
};

static const struct fault *
fault_of(unsigned number)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].number == number)
			return &faults[i];
	return &faults[0];
}

/* --- the audit log --- */

static void
set_device_properties(struct gen *gen, const struct signin *s)
{
	const struct who *who = s->who;
	const struct browser *browser = &browsers[who->browser];
	char managed[192] = "";

	if (s->error && s->error != 50140) {
		/* no session has begun */
		gen_setf(gen, F_DEVPROPS,
		    "{\"Name\":\"OS\",\"Value\":\"%s\"},"
		    "{\"Name\":\"BrowserType\",\"Value\":\"%s\"}",
		    browser->os, browser->name);
		return;
	}
	if (who->managed)
		snprintf(managed, sizeof(managed),
		    "{\"Name\":\"Id\",\"Value\":\"%s\"},"
		    "{\"Name\":\"DisplayName\",\"Value\":\"%s\"},",
		    who->person->device, who->person->device_name);
	gen_setf(gen, F_DEVPROPS,
	    "%s{\"Name\":\"OS\",\"Value\":\"%s\"},"
	    "{\"Name\":\"BrowserType\",\"Value\":\"%s\"},"
	    "{\"Name\":\"IsCompliantAndManaged\",\"Value\":\"%s\"},"
	    "{\"Name\":\"SessionId\",\"Value\":\"%s\"}",
	    rng_percent(&gen->rng, 25) || gen->truth.attack ? managed : "",
	    browser->os, browser->name, who->managed ? "True" : "False",
	    who->session);
}

static void
set_logon(struct gen *gen, const struct signin *s, const struct fault *fault)
{
	bool interrupt = s->error == 50140;

	gen_set(
	    gen, F_DETAIL, s->error && !interrupt ? "UserError" : "Success");
	gen_set(gen, F_REQ,
	    s->device_code               ? "Cmsi:Cmsi"
	    : s->error                   ? "Login:login"
	    : rng_percent(&gen->rng, 80) ? "OAuth2:Authorize"
	                                 : "Login:login");
	gen_set(gen, F_AUTH,
	    s->error || rng_percent(&gen->rng, 20)
	        ? "{\"Name\":\"UserAuthenticationMethod\",\"Value\":\"1\"},"
	        : "");
	if (interrupt)
		gen_set(gen, F_AUTH,
		    "{\"Name\":\"KeepMeSignedIn\",\"Value\":\"True\"},"
		    "{\"Name\":\"UserAuthenticationMethod\",\"Value\":\"1\"},");
	gen_setf(gen, F_ERROR, "%u", s->error);
	gen_set(gen, F_LOGONERR, "");
	if (*fault->logon_error)
		gen_setf(gen, F_LOGONERR, ",\"LogonError\":\"%s\"",
		    fault->logon_error);
	set_device_properties(gen, s);
}

/* --- sign-in logs --- */

static void
set_steps(struct gen *gen, const struct signin *s)
{
	struct slice at = gen->v[F_TIMEZ];

	if (s->silent) {
		gen_set(gen, F_STEPS, "");
		return;
	}
	gen_setf(gen, F_STEPS,
	    "{\"authenticationStepDateTime\":\"" SLICE_FMT
	    "\",\"authenticationMethod\":\"Password\","
	    "\"authenticationMethodDetail\":\"Password in the cloud\","
	    "\"succeeded\":%s,\"authenticationStepResultDetail\":\"%s\","
	    "\"authenticationStepRequirement\":\"Primary authentication\"}",
	    SLICE_ARG(at), s->error == 50126 ? "false" : "true",
	    s->error == 50126 ? "Invalid username or password"
	                      : "Correct password");
}

static void
set_result(struct gen *gen, const struct signin *s, const struct fault *fault)
{
	gen_setf(gen, F_STATUS, "%u", s->error);
	gen_set(gen, F_REASON, s->error ? fault->reason : "Other.");
	gen_set(gen, F_DETAIL,
	    s->error || s->single_factor || s->silent
	        ? ""
	        : "MFA requirement satisfied by claim in the token");
	gen_set(gen, F_CASTATUS,
	    s->single_factor                ? "notApplied"
	    : s->error && s->error != 50140 ? "failure"
	                                    : "success");
	gen_set(gen, F_REQUIREMENT,
	    s->single_factor ? "singleFactorAuthentication"
	                     : "multiFactorAuthentication");
}

static void
set_token(struct gen *gen, const struct signin *s)
{
	char *policy = arena_alloc(&gen->text, GUID_TEXT_MAX);

	text_guid_of(policy, gen->org->seed, 0x706f6c);
	gen_set(gen, F_POLICY, policy);
	gen_set(gen, F_TOKENIN,
	    s->token    ? s->token
	    : s->silent ? "refreshToken"
	                : "none");
	gen_set(gen, F_PROTOCOL, s->device_code ? "deviceCode" : "none");
	gen_set(gen, F_TRANSFER, s->transfer ? s->transfer : "none");
	gen_set(gen, F_BOUND, s->unbound ? "unbound" : "none");
	gen_set(gen, F_RISK, s->risk ? s->risk : "none");
	gen_set(gen, F_RISKSTATE, s->risk ? "atRisk" : "none");
	gen_set(gen, F_RISKS, "");
	if (s->risk_type)
		gen_setf(gen, F_RISKS, "\"%s\"", s->risk_type);
	gen_set(gen, F_INTERACTIVE, s->silent ? "false" : "true");
	gen_setf(gen, F_MS, "%u", rng_range(&gen->rng, 60, 900));
	gen_set(gen, F_CATEGORY, "NonInteractiveUserSignInLogs");
	gen_set(gen, F_CLIENTUSED,
	    s->silent || browsers[s->who->browser].phone
	        ? "Mobile Apps and Desktop clients"
	        : "Browser");
}

void
signin(struct gen *gen, const struct signin *s)
{
	const struct fault *fault = fault_of(s->error);
	struct app_view app, resource;

	app_load_nth(&app, gen->org, s->app, s->number ? s->number : 1);
	app_load(&resource, gen->org, s->resource);
	gen_begin(gen);
	gen_who(gen, s->who);
	gen_setf(gen, F_APP, "%s", app.app.id);
	gen_set(gen, F_APPNAME, app.app.name);
	gen_setf(gen, F_RES, "%s", resource.app.id);
	gen_set(gen, F_RESNAME, resource.app.name);
	if (!s->silent) {
		set_logon(gen, s, fault);
		gen_emit(gen, s->error && s->error != 50140 ? SHAPE_LOGIN_FAILED
		                                            : SHAPE_LOGGED_IN);
		/* the sign-in log tells the same event with the same id */
		gen->told = true;
	}
	gen_setf(gen, F_ERROR, "%u", s->error);
	set_result(gen, s, fault);
	set_token(gen, s);
	set_steps(gen, s);
	gen_emit(gen, s->silent ? SHAPE_SIGNIN_SILENT : SHAPE_SIGNIN);
}

void
signin_service(struct gen *gen, const struct service_signin *s)
{
	const struct net *net = &nets[s->net];
	struct app_view resource;
	char uti[APP_TOKEN_MAX];

	app_load(&resource, gen->org, s->resource);
	app_token(uti, s->app, s->ip);
	gen_begin(gen);
	gen_set(gen, F_UTI, uti);
	gen_set_guid(gen, F_CORR);
	gen_set(gen, F_USERID, s->app->app.name);
	gen_set(gen, F_NAME, s->app->app.name);
	gen_set(gen, F_CATEGORY, "ServicePrincipalSignInLogs");
	gen_set(gen, F_ERROR, "0");
	gen_set(gen, F_STATUS, "0");
	gen_set(gen, F_REASON, "");
	gen_set(gen, F_IP, s->ip);
	gen_set(gen, F_COUNTRY, net->country);
	gen_set(gen, F_CITY, net->city);
	gen_set(gen, F_STATE, net->state);
	gen_set(gen, F_LAT, net->lat);
	gen_set(gen, F_LON, net->lon);
	gen_setf(gen, F_ASN, "%u", net->asn);
	gen_setf(gen, F_MS, "%u", rng_range(&gen->rng, 40, 300));
	gen_set(gen, F_APP, s->app->app.id);
	gen_set(gen, F_APPNAME, s->app->app.name);
	gen_set(gen, F_OID, s->app->principal);
	gen_set(gen, F_OWNER, s->app->owner);
	gen_set(gen, F_RES, resource.app.id);
	gen_set(gen, F_RESNAME, resource.app.name);
	gen_set(gen, F_TOID, resource.principal);
	gen_set(gen, F_KEYID, s->key ? s->key : s->app->key);
	gen_set(
	    gen, F_CREDTYPE, s->certificate ? "certificate" : "clientSecret");
	gen_emit(gen, SHAPE_SIGNIN_SERVICE);
}

/* --- calls of Graph --- */

static void
set_caller(struct gen *gen, const struct graph_call *call)
{
	if (call->who) {
		gen_who(gen, call->who);
		gen_set(gen, F_METHOD, "0");
		gen_set(gen, F_ROLES, "null");
		gen_set(gen, F_SPREF, "null");
		gen_setf(gen, F_USERREF, "\"%s\"", call->who->person->oid);
		gen_setf(gen, F_SCOPES, "\"%s\"", call->scopes);
		gen_set(gen, F_DATA, "b79fbf4d-3ef9-4689-8143-76b194e85509");
		return;
	}
	gen_set(gen, F_IP, call->ip);
	gen_set(gen, F_USERID, call->app->app.name);
	gen_set(gen, F_METHOD, "1");
	gen_set(gen, F_USERREF, "null");
	gen_set(gen, F_SCOPES, "null");
	gen_setf(gen, F_ROLES, "\"%s\"", call->scopes);
	gen_setf(gen, F_SPREF, "\"%s\"", call->app->principal);
	gen_set(gen, F_DATA, "0997a1d0-0d1d-4acb-b408-d5ca73121e90");
	gen_set(gen, F_SESSION, "");
}

void
graph_call(struct gen *gen, const struct graph_call *call)
{
	char issued[20], uti[APP_TOKEN_MAX];

	gen_begin(gen);
	set_caller(gen, call);
	if (call->message)
		mail_graph_facts(gen, call->mailbox, call->message);
	if (!call->who)
		app_token(uti, call->app, call->ip);
	gen_set(gen, F_UTI, call->who ? call->who->uti : uti);
	if (call->agent)
		gen_set(gen, F_UA, call->agent);
	text_time(issued,
	    gen->now_us - INT64_C(1000000) * rng_range(&gen->rng, 5, 3000));
	gen_setf(gen, F_P1, "%sZ", issued);
	gen_set(gen, F_APP, call->app->app.id);
	gen_set(gen, F_VERB, call->verb);
	gen_set(gen, F_URI, call->uri);
	gen_setf(gen, F_CODE, "%u", call->status);
	gen_setf(gen, F_SIZE, "%u", rng_range(&gen->rng, 120, 48000));
	/* microseconds, whatever the name says */
	gen_setf(gen, F_MS, "%u", rng_range(&gen->rng, 20000, 900000));
	gen_emit(gen, SHAPE_GRAPH);
}

void
graph_ordinary(struct gen *gen, const struct who *who)
{
	static const char *const calls[] = {"/me", "/me/photos/48x48/$value",
	    "/me/joinedTeams",
	    "/me/calendarView?startDateTime=2026-10-05&$top=50",
	    "/me/people?$top=10", "/me/drive/recent",
	    "/me/memberOf?$select=id,displayName",
	    "/organization?$select=id,displayName"};
	struct app_view app;

	app_load(&app, gen->org,
	    rng_percent(&gen->rng, 70) ? APP_TEAMS : APP_OFFICE_HOME);
	graph_call(
	    gen, &(struct graph_call){
	             .who = who,
	             .app = &app,
	             .verb = "GET",
	             .uri = RNG_PICK(&gen->rng, calls),
	             .scopes = "email openid profile User.Read People.Read "
	                       "Calendars.Read Files.Read.All",
	             .status = rng_percent(&gen->rng, 94) ? 200 : 404,
	         });
}
