/** One company, one name: whatever was typed becomes a registrable domain in ASCII. */
export type Domain = string & { readonly __brand: 'Domain' }
