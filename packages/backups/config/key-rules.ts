/** Minimum length of the settings' passphrase. The deployment and the setting both enforce it. */
export const CONFIG_KEY_CHARACTERS_MIN = 16
