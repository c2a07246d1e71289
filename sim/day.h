#ifndef SIM_DAY_H
#define SIM_DAY_H

#include "apps.h"
#include "gen.h"

/*
 * day - the ordinary deeds: which there are, how frequent, what they write.
 *
 * Among them are those that look like an attack and are none: forgotten
 * passwords, travel, new phones, admins at night, rules for newsletters; and
 * in day_noise.c a migration, a scanner, and people who leave.
 */
enum act {
	/* drawn by weight */
	ACT_READ,
	ACT_READ_PHONE,
	ACT_READ_BACKGROUND,
	ACT_READ_SHARED,
	ACT_SYNC,
	ACT_SEND,
	ACT_CREATE,
	ACT_UPDATE,
	ACT_MOVE_DELETED,
	ACT_SOFT_DELETE,
	ACT_HARD_DELETE,
	ACT_SEARCH,
	ACT_RULE,
	ACT_FOLDER_RIGHTS,
	ACT_FILE_ACCESS,
	ACT_FILE_MODIFY,
	ACT_FILE_DOWNLOAD,
	ACT_FILE_UPLOAD,
	ACT_FILE_PREVIEW,
	ACT_FILE_SYNC,
	ACT_FILE_SHARE,
	ACT_FILE_LINK,
	ACT_PAGE,
	ACT_LIST,
	ACT_FOLDER,
	ACT_SITE_GROUP,
	ACT_TEAMS_MESSAGE,
	ACT_TEAMS_SESSION,
	ACT_TEAMS_CHAT,
	ACT_TEAMS_MEMBER,
	ACT_TEAMS_MEETING,
	ACT_SIGNIN_AGAIN,
	ACT_SIGNIN_PHONE,
	ACT_SIGNIN_SILENT,
	ACT_MFA_FAILED,
	ACT_EXPIRED,
	ACT_NEW_PHONE,
	ACT_GRAPH,
	ACT_DRAWN,
	/* planned by work.c */
	ACT_SIGNIN = ACT_DRAWN,
	ACT_WRONG_PASSWORD,
	ACT_KEEP_SIGNED_IN,
	ACT_PASSWORD,
	ACT_RESET_BY_ADMIN,
	ACT_DLP,
	/* tasks of admins, drawn by weight */
	ACT_TASKS,
	ACT_TASK_USER = ACT_TASKS,
	ACT_TASK_ADD_USER,
	ACT_TASK_RESET,
	ACT_TASK_REVOKE,
	ACT_TASK_GROUP,
	ACT_TASK_GROUP_MEMBER,
	ACT_TASK_ROLE,
	ACT_TASK_LICENSE,
	ACT_TASK_ADD_APP,
	ACT_TASK_UPDATE_APP,
	ACT_TASK_SECRET,
	ACT_TASK_PRINCIPAL,
	ACT_TASK_CONSENT,
	ACT_TASK_ROLE_GRANT,
	ACT_TASK_MAILBOX,
	ACT_TASK_DELEGATE,
	ACT_TASK_COMPLIANCE,
	ACT_TASK_INSIGHTS,
	ACT_TASKS_END,
	/* of apps and of the service */
	ACT_APP_SIGNIN = ACT_TASKS_END,
	ACT_BACKUP,
	ACT_HR_CALL,
	ACT_HR_UPDATE,
	ACT_HR_JOINER,
	ACT_CHORE,
	ACT_ALERT,
	/* what resembles an attack, planned by work.c */
	ACT_NOISE,
	ACT_LEAVER = ACT_NOISE,
	ACT_RETURNER,
	ACT_SCAN,
	ACT_MIGRATION_BEGIN,
	ACT_MIGRATION_READ,
	ACT_MIGRATION_END,
	ACT_COUNT,
};

enum act day_draw_act(struct rng *rng);
enum act day_draw_task(struct rng *rng);

/* `which` is a person's index for the acts of people. */
void day_do(struct gen *gen, enum act act, uint32_t which);

/* The acts of admins, apps and the service, from day_admin.c. */
void day_admin_task(struct gen *gen, enum act act, const struct who *who);
void day_app(struct gen *gen, enum act act, uint32_t which);

/* The same from day_noise.c. */
void day_noise(struct gen *gen, enum act act, uint32_t which);

/* The administrator who helps people, at work; the person is kept in *admin. */
void day_helper(struct gen *gen, struct person *admin, struct who *who);

/* Each of the organisation's apps runs on one machine with one address. */
void day_load_app(
    struct gen *gen, enum app_id id, struct app_view *app, char ip[16]);

#endif
