/** What a passphrase for the settings must have at least. The deployment and the setting hold to it. */
export const CONFIG_KEY_CHARACTERS_MIN = 16
