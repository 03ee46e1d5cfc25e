/** As deployed: text is sorted as people sort it, and not by bytes as on this machine's server. */
export const SORTED_AS_DEPLOYED = `template template0 locale_provider icu icu_locale 'en-US'`
