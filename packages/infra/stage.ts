/** The one place that decides what depends on the stage. */
export const isProduction = $app.stage === 'production'
