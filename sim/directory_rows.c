#include "directory_rows.h"

#define INCLUDED(names)                                                        \
	{                                                                      \
		"Included Updated Properties", names, "", PLAIN                \
	}
#define NAMES                                                                  \
	{                                                                      \
		"TargetId.ServicePrincipalNames", "@TSPN", "", PLAIN           \
	}

#define PERMISSION(id, direct, grants)                                         \
	"      {\n        'EntitlementId': '" id                               \
	"',\n        'DirectAccessGrant': " direct                             \
	",\n        'ImpersonationAccessGrants': " grants "\n      }"

#define DELEGATED "[\n          20\n        ]"

#define RESOURCE(id, permissions)                                              \
	"{\n    'ResourceAppId': '" id                                         \
	"',\n    'RequiredAppPermissions': [\n" permissions                    \
	"\n    ],\n    'EncodingVersion': 1\n  }"

#define USER_READ                                                              \
	PERMISSION("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "false", DELEGATED)

#define ADDRESS(n)                                                             \
	"{\n    'AddressType': 0,\n    'Address': 'https://@P1" n "',\n    "   \
	"'ReplyAddressClientType': 1,\n    'ReplyAddressIndex': null,\n    "   \
	"'IsReplyAddressDefault': false\n  }"

const struct directory_row directory_rows[CHANGE_COUNT] = {
    [CHANGE_ADD_USER] = {"Add user.", "Add user", "User", "UserManagement",
        "Add", TARGET_USER,
        {{"AccountEnabled", "true", "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            {"MailNickname", "'@P1'", "", LIST},
            {"StsRefreshTokensValidFrom", "'@TIMEZ'", "", LIST},
            {"UserPrincipalName", "'@TUPN'", "", LIST},
            {"UserType", "'Member'", "", LIST},
            INCLUDED("AccountEnabled, DisplayName, MailNickname, "
                     "StsRefreshTokensValidFrom, UserPrincipalName, "
                     "UserType")}},
    [CHANGE_UPDATE_USER] = {"Update user.", "Update user", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"Department", "'@P1'", "'@P2'", LIST},
            {"TelephoneNumber", "'@P3'", "", LIST},
            INCLUDED("Department, TelephoneNumber"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_UPDATE_MFA] = {"Update user.", "Update user", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"StrongAuthenticationMethod",
             "{\n    'MethodType': 6,\n    'Default': true\n  },\n  "
             "{\n    'MethodType': 7,\n    'Default': false\n  }",
             "{\n    'MethodType': 6,\n    'Default': true\n  }", LIST},
            {"StrongAuthenticationPhoneAppDetail",
                "{\n    'DeviceName': '@P1',\n    'Id': '@P3'\n  }", "", LIST},
            INCLUDED("StrongAuthenticationMethod, "
                     "StrongAuthenticationPhoneAppDetail"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_PASSWORD] = {"Change user password.", "Change user password",
        "User", "UserManagement", "Update", TARGET_USER, {{0}}},
    [CHANGE_RESET_PASSWORD] = {"Reset user password.", "Reset user password",
        "User", "UserManagement", "Update", TARGET_USER, {{0}}},
    [CHANGE_REVOKE_SESSIONS] = {"Update StsRefreshTokenValidFrom Timestamp.",
        "Update StsRefreshTokenValidFrom Timestamp", "User", "UserManagement",
        "Update", TARGET_USER,
        {{"StsRefreshTokensValidFrom", "'@TIMEZ'", "'@P1'", LIST},
            INCLUDED("StsRefreshTokensValidFrom")}},
    [CHANGE_LICENSE] = {"Change user license.", "Change user license", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"AssignedLicense",
             "'[SkuName=ENTERPRISEPREMIUM, AccountId=@TENANT, "
             "SkuId=c7df2760-2c81-4ef7-b578-5b5392b571df, "
             "DisabledPlans=[@P1]]'",
             "'[SkuName=ENTERPRISEPREMIUM, AccountId=@TENANT, "
             "SkuId=c7df2760-2c81-4ef7-b578-5b5392b571df, "
             "DisabledPlans=[@P2]]'",
             LIST},
            INCLUDED("AssignedLicense"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_ADD_TO_GROUP] = {"Add member to group.", "Add member to group",
        "Group", "GroupManagement", "Assign", TARGET_USER,
        {{"Group.ObjectID", "@P1", "", PLAIN},
            {"Group.DisplayName", "@P2", "", PLAIN},
            {"Group.WellKnownObjectName", "", "", PLAIN}}},
    [CHANGE_UPDATE_GROUP] = {"Update group.", "Update group", "Group",
        "GroupManagement", "Update", TARGET_GROUP,
        {INCLUDED(""), {"TargetId.GroupType", "Unified", "", PLAIN}}},
    [CHANGE_ADD_TO_ROLE] = {"Add member to role.", "Add member to role", "Role",
        "RoleManagement", "Assign", TARGET_USER,
        {{"Role.ObjectID", "@P1", "", PLAIN},
            {"Role.DisplayName", "@P2", "", PLAIN},
            {"Role.TemplateId", "@P3", "", PLAIN},
            {"Role.WellKnownObjectName", "@P4", "", PLAIN}}},
    [CHANGE_ADD_APP] = {"Add application.", "Add application", "Application",
        "ApplicationManagement", "Add", TARGET_APP,
        {{"AppId", "'@TAPP'", "", LIST},
            {"AvailableToOtherTenants", "@P2", "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            {"RequiredResourceAccess",
                RESOURCE("00000003-0000-0000-c000-000000000000", USER_READ), "",
                LIST},
            INCLUDED("AppId, AvailableToOtherTenants, "
                     "DisplayName, RequiredResourceAccess")}},
    [CHANGE_UPDATE_APP] = {"Update application.", "Update application",
        "Application", "ApplicationManagement", "Update", TARGET_APP,
        {{"RequiredResourceAccess",
             RESOURCE("00000003-0000-0000-c000-000000000000",
                 USER_READ) ",\n  " RESOURCE("@P1",
                 PERMISSION("@P2", "false", DELEGATED) ",\n" PERMISSION("@P3",
                     "true", "[]") ",\n" PERMISSION("@P4", "true", "[]")),
             RESOURCE("00000003-0000-0000-c000-000000000000",
                 USER_READ) ",\n  " RESOURCE("@P1",
                 PERMISSION("@P2", "false", DELEGATED)),
             LIST},
            INCLUDED("RequiredResourceAccess")}},
    [CHANGE_APP_SECRET] =
        {"Update application \xe2\x80\x93 Certificates and secrets management ",
            "Update application \xe2\x80\x93 Certificates and secrets "
            "management",
            "Application", "ApplicationManagement", "Update", TARGET_APP,
            {{"KeyDescription",
                 "'[KeyIdentifier=@P1,KeyType=Password,KeyUsage=Verify,"
                 "DisplayName=@P2]'",
                 "", LIST},
                INCLUDED("KeyDescription")}},
    [CHANGE_APP_OWNER] = {"Add owner to application.",
        "Add owner to application", "Application", "ApplicationManagement",
        "Assign", TARGET_USER,
        {{"Application.ObjectID", "@P1", "", PLAIN},
            {"Application.DisplayName", "@P2", "", PLAIN},
            {"Application.AppId", "@P3", "", PLAIN}}},
    [CHANGE_ADD_PRINCIPAL] = {"Add service principal.", "Add service principal",
        "ServicePrincipal", "ApplicationManagement", "Add", TARGET_PRINCIPAL,
        {{"AccountEnabled", "true", "", LIST},
            {"AppAddress",
                ADDRESS("/signin-oidc") ",\n  " ADDRESS(
                    "/auth/callback") ",\n"
                                      "  " ADDRESS("/"),
                "", LIST},
            {"AppPrincipalId", "'@TAPP'", "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            {"ServicePrincipalName", "'@TAPP'", "", LIST},
            {"Credential",
                "{\n    'CredentialType': 2,\n    'KeyStoreId': "
                "'291154f0-a9f5-45bb-87be-9c8ee5b6d62c',\n    'KeyGroupId': "
                "'@GUID'\n  }",
                "", LIST},
            INCLUDED("AccountEnabled, AppAddress, AppPrincipalId, DisplayName, "
                     "ServicePrincipalName, Credential"),
            NAMES}},
    [CHANGE_UPDATE_PRINCIPAL] = {"Update service principal.",
        "Update service principal", "ServicePrincipal", "ApplicationManagement",
        "Update", TARGET_PRINCIPAL,
        {{"AppAddress", ADDRESS("/signin-oidc"), ADDRESS("/"), LIST},
            INCLUDED("AppAddress"), NAMES}},
    [CHANGE_PRINCIPAL_SECRET] = {"Add service principal credentials.",
        "Add service principal credentials", "ServicePrincipal",
        "ApplicationManagement", "Update", TARGET_PRINCIPAL,
        {{"KeyDescription",
             "'[KeyIdentifier=@P1,KeyType=Password,KeyUsage=Verify,"
             "DisplayName=@P2]'",
             "", LIST},
            INCLUDED("KeyDescription"), NAMES}},
    [CHANGE_CONSENT] = {"Consent to application.", "Consent to application",
        "ServicePrincipal", "ApplicationManagement", "Assign", TARGET_PRINCIPAL,
        {{"ConsentContext.IsAdminConsent", "@P1", "", PLAIN},
            {"ConsentContext.IsAppOnly", "False", "", PLAIN},
            {"ConsentContext.OnBehalfOfAll", "@P1", "", PLAIN},
            {"ConsentContext.Tags", "WindowsAzureActiveDirectoryIntegratedApp",
                "", PLAIN},
            {"ConsentAction.Permissions",
                "[] => [[Id: @P2, ClientId: @P3, PrincipalId: @P4, "
                "ResourceId: @P5, ConsentType: @P6, Scope: @P7]]; ",
                "", PLAIN},
            NAMES}},
    [CHANGE_DELEGATED_GRANT] = {"Add delegated permission grant.",
        "Add delegated permission grant", "ServicePrincipal",
        "ApplicationManagement", "Assign", TARGET_PRINCIPAL,
        {{"DelegatedPermissionGrant.Scope", "@P7", "", PLAIN},
            {"DelegatedPermissionGrant.ConsentType", "@P6", "", PLAIN},
            {"ServicePrincipal.ObjectID", "@P3", "", PLAIN},
            {"ServicePrincipal.DisplayName", "", "", PLAIN},
            {"ServicePrincipal.AppId", "", "", PLAIN},
            {"ServicePrincipal.Name", "", "", PLAIN}, NAMES}},
    [CHANGE_ROLE_GRANT] = {"Add app role assignment to service principal.",
        "Add app role assignment to service principal", "ServicePrincipal",
        "ApplicationManagement", "Assign", TARGET_PRINCIPAL,
        {{"AppRole.Id", "@P1", "", PLAIN}, {"AppRole.Value", "@P2", "", PLAIN},
            {"AppRole.DisplayName", "@P3", "", PLAIN},
            {"ServicePrincipal.ObjectID", "@P4", "", PLAIN},
            {"ServicePrincipal.DisplayName", "@P5", "", PLAIN},
            {"ServicePrincipal.AppId", "@P6", "", PLAIN},
            {"ServicePrincipal.Name", "@P6", "", PLAIN}, NAMES}},
    [CHANGE_ASSIGN_TO_USER] = {"Add app role assignment grant to user.",
        "Add app role assignment grant to user", "User", "UserManagement",
        "Assign", TARGET_PRINCIPAL,
        {{"AppRole.Id", "00000000-0000-0000-0000-000000000000", "", PLAIN},
            {"AppRole.Value", "", "", PLAIN},
            {"AppRole.DisplayName", "", "", PLAIN},
            {"User.ObjectID", "@OID", "", PLAIN},
            {"User.UPN", "@UPN", "", PLAIN}, {"User.PUID", "@PUID", "", PLAIN},
            NAMES}},
    [CHANGE_ADD_DEVICE] = {"Add device.", "Add device", "Device", "Device",
        "Add", TARGET_DEVICE,
        {{"AccountEnabled", "true", "", LIST},
            {"CloudAccountEnabled", "true", "", LIST},
            {"CloudDeviceOSType", "'@P1'", "", LIST},
            {"CloudDeviceOSVersion", "'@P2'", "", LIST},
            {"CloudDisplayName", "'@TNAME'", "", LIST},
            {"DeviceOSType", "'@P1'", "", LIST},
            {"DeviceTrustType", "'Workplace'", "", LIST},
            {"DevicePhysicalIds",
                "'[USER-HWID]:@P3:@P4',\n  '[GID]:g:@P5',\n  "
                "'[USER-GID]:@P3:@P5'",
                "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            INCLUDED("AccountEnabled, CloudAccountEnabled, CloudDeviceOSType, "
                     "CloudDeviceOSVersion, CloudDisplayName, DeviceOSType, "
                     "DeviceTrustType, DevicePhysicalIds, DisplayName"),
            {"ActorId.ServicePrincipalNames", "@P6", "", PLAIN},
            {"SPN", "@P6", "", PLAIN}}},
    [CHANGE_DEVICE_OWNER] = {"Add registered owner to device.",
        "Add registered owner to device", "Device", "Device", "Assign",
        TARGET_USER,
        {{"Device.ObjectID", "@P1", "", PLAIN},
            {"Device.DisplayName", "@P2", "", PLAIN},
            {"ActorId.ServicePrincipalNames", "@P6", "", PLAIN},
            {"SPN", "@P6", "", PLAIN}}},
    /* --- taking back --- */
    [CHANGE_ENABLE_USER] = {"Update user.", "Update user", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"AccountEnabled", "@P1", "@P2", LIST}, INCLUDED("AccountEnabled"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_REMOVE_MFA] = {"Update user.", "Update user", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"StrongAuthenticationMethod",
             "{\n    'MethodType': 6,\n    'Default': true\n  }",
             "{\n    'MethodType': 6,\n    'Default': true\n  },\n  "
             "{\n    'MethodType': 7,\n    'Default': false\n  }",
             LIST},
            {"StrongAuthenticationPhoneAppDetail", "",
                "{\n    'DeviceName': '@P1',\n    'Id': '@P3'\n  }", LIST},
            INCLUDED("StrongAuthenticationMethod, "
                     "StrongAuthenticationPhoneAppDetail"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_DELETE_USER] = {"Delete user.", "Delete user", "User",
        "UserManagement", "Delete", TARGET_USER,
        {{"Is Hard Deleted", "False", "", PLAIN},
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_DELETE_DEVICE] = {"Delete device.", "Delete device", "Device",
        "Device", "Delete", TARGET_DEVICE,
        {INCLUDED(""), {"TargetId.DeviceOSType", "Windows", "", PLAIN}}},
    [CHANGE_REMOVE_SECRET] = {"Remove service principal credentials.",
        "Remove service principal credentials", "ServicePrincipal",
        "ApplicationManagement", "Update", TARGET_PRINCIPAL,
        {{"KeyDescription", "",
             "'[KeyIdentifier=@P1,KeyType=Password,KeyUsage=Verify,"
             "DisplayName=]'",
             LIST},
            INCLUDED("KeyDescription"), NAMES}},
    [CHANGE_REMOVE_GRANT] = {"Remove delegated permission grant.",
        "Remove delegated permission grant", "ServicePrincipal",
        "ApplicationManagement", "Unassign", TARGET_PRINCIPAL,
        {{"DelegatedPermissionGrant.Scope", "", "@P7", PLAIN},
            {"DelegatedPermissionGrant.ConsentType", "", "@P6", PLAIN},
            {"ServicePrincipal.ObjectID", "", "@P3", PLAIN},
            {"ServicePrincipal.AppId", "", "@P4", PLAIN}, NAMES}},
    [CHANGE_REMOVE_ROLE_GRANT] =
        {"Remove app role assignment from service principal.",
            "Remove app role assignment from service principal",
            "ServicePrincipal", "ApplicationManagement", "Unassign",
            TARGET_PRINCIPAL,
            {{"AppRole.Value", "", "@P2", PLAIN},
                {"ServicePrincipal.ObjectID", "", "@P4", PLAIN},
                {"ServicePrincipal.DisplayName", "", "@P5", PLAIN},
                {"ServicePrincipal.AppId", "", "@P6", PLAIN}, NAMES}},
    [CHANGE_REMOVE_PRINCIPAL] = {"Remove service principal.",
        "Remove service principal", "ServicePrincipal", "ApplicationManagement",
        "Delete", TARGET_PRINCIPAL, {NAMES}},
    [CHANGE_DELETE_APP] = {"Delete application.", "Delete application",
        "Application", "ApplicationManagement", "Delete", TARGET_APP,
        {{"AppId", "", "'@TAPP'", LIST}}},
    [CHANGE_REMOVE_FROM_ROLE] = {"Remove member from role.",
        "Remove member from role", "Role", "RoleManagement", "Unassign",
        TARGET_USER,
        {{"Role.ObjectID", "", "@P1", PLAIN},
            {"Role.DisplayName", "", "@P2", PLAIN}}},
};

const struct directory_left directory_left[CHANGE_COUNT] = {
    [CHANGE_ADD_USER] = {"user", F_TUPN, F_TOID},
    [CHANGE_UPDATE_MFA] = {"authentication-method", F_TUPN, F_P1},
    [CHANGE_LICENSE] = {"licence", F_TUPN, F_P1},
    [CHANGE_ADD_TO_ROLE] = {"role", F_TUPN, F_P2},
    [CHANGE_ADD_APP] = {"application", F_TAPP, F_TOID},
    [CHANGE_APP_SECRET] = {"secret", F_P1, F_TAPP},
    [CHANGE_APP_OWNER] = {"owner", F_TUPN, F_P3},
    [CHANGE_ADD_PRINCIPAL] = {"service-principal", F_TAPP, F_TOID},
    [CHANGE_PRINCIPAL_SECRET] = {"secret", F_P1, F_TAPP},
    [CHANGE_CONSENT] = {"consent", F_TAPP, F_P3},
    [CHANGE_DELEGATED_GRANT] = {"delegated-grant", F_P3, F_P7},
    [CHANGE_ROLE_GRANT] = {"app-role", F_P6, F_P2},
    [CHANGE_ADD_DEVICE] = {"device", F_TOID, F_TNAME},
    [CHANGE_DEVICE_OWNER] = {"device", F_P1, F_P2},
};
