/** Settings by the path of their field in the settings file: `deadlines.target_ms`. */
import type { Settings } from "../bindings/Settings";

/** The path of a setting. */
export type SettingPath = {
  [Group in keyof Settings]: `${Group}.${keyof Settings[Group] & string}`;
}[keyof Settings];

/** The type of the setting at a path. */
export type SettingValue<Path extends SettingPath> = Path extends `${infer Group}.${infer Field}`
  ? Group extends keyof Settings
    ? Field extends keyof Settings[Group]
      ? Settings[Group][Field]
      : never
    : never
  : never;

/** The paths of the settings whose values are of a type. */
export type PathOf<T> = {
  [Path in SettingPath]: SettingValue<Path> extends T ? Path : never;
}[SettingPath];

/** New values of some settings; the others stay as they are. */
export type SettingsUpdate = { [Path in SettingPath]?: SettingValue<Path> };

/** The value of the setting at a path. */
export function valueAt<Path extends SettingPath>(settings: Settings, path: Path): SettingValue<Path> {
  const [group = "", field = ""] = path.split(".");
  const groups = settings as Record<string, Record<string, unknown>>;
  return groups[group]?.[field] as SettingValue<Path>;
}
