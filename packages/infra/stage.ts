/** What depends on the stage, decided in one place. */
export const isProduction = $app.stage === 'production'
