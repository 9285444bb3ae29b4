/** Whether the person's browser says, by Global Privacy Control, not to keep anything about them. */
export const unfollowed = (): boolean => !!(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
