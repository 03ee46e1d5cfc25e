/** Where the built page is: beside the bundle of the deployed function, or where `npm run build:web` writes it. */
export const PAGE_FOLDERS = [new URL('./page/', import.meta.url), new URL('../web/dist/', import.meta.url)]
