// Time zones to choose from, as the browser knows them; the zone of this browser and UTC always among them.
export function zones(): string[] {
  const supported = (Intl as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.('timeZone') ?? []
  return [...new Set([...supported, Intl.DateTimeFormat().resolvedOptions().timeZone, 'Etc/UTC'])].sort()
}
