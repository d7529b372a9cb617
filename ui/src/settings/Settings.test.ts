import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend, refusal, type World } from "../../test/backend";
import { sampleSettings, sampleStatus } from "../../test/sample";
import Settings from "./Settings.svelte";

async function open(change: Partial<World> = {}) {
  const backend = installBackend(change);
  render(Settings, { group: null });
  await vi.waitFor(() => expect(document.body.dataset["ready"]).toBe("true"));
  const updates = () =>
    backend.calls.filter(({ command }) => command === "set_settings").map(({ args }) => args["update"]);
  return { backend, updates, user: userEvent.setup() };
}

test("a switch is saved at once and confirmed beside it", async () => {
  const { updates, user } = await open();
  await user.click(screen.getByRole("switch", { name: "Start at login" }));
  expect(updates()).toEqual([{ "desktop.start_at_login": true }]);
  await vi.waitFor(() =>
    expect(screen.getByText("Saved").closest("[id='setting-desktop.start_at_login']")).toBeTruthy(),
  );
  expect(screen.getByRole("switch", { name: "Start at login" }).getAttribute("aria-checked")).toBe("true");
});

test("a number is saved when it is entered, not while it is being typed", async () => {
  const { updates, user } = await open();
  const target = screen.getByRole("textbox", { name: "Target" });
  await user.clear(target);
  await user.type(target, "80");
  expect(updates(), "8 was never meant").toEqual([]);
  await user.keyboard("{Enter}");
  expect(updates()).toEqual([{ "deadlines.target_ms": 80 }]);
});

test("a wrong number is refused beside its field with the app's message, and stays to be corrected", async () => {
  const { backend, user } = await open();
  const message = "50 ms is too short here";
  backend.world.refusals["set_settings"] = refusal("refused", [{ field: "deadlines.target_ms", message }]);
  const target = screen.getByRole<HTMLInputElement>("textbox", { name: "Target" });
  await user.clear(target);
  await user.type(target, "50{Enter}");
  const error = await vi.waitFor(() => screen.getByText(message));
  expect(error.getAttribute("data-error-for")).toBe("deadlines.target_ms");
  expect(target.value).toBe("50");
  expect(target.getAttribute("aria-invalid")).toBe("true");
  expect(target.getAttribute("aria-describedby"), "the error is read with the field").toContain(
    "deadlines.target_ms-note",
  );

  await user.keyboard("{Escape}");
  expect(target.value, "Escape takes it back").toBe("100");
  expect(screen.queryByText(message)).toBeNull();
});

test("Enter on a refused number asks again, for another field may have made it right", async () => {
  const { backend, updates, user } = await open();
  backend.world.refusals["set_settings"] = refusal("above the maximum");
  const target = screen.getByRole("textbox", { name: "Target" });
  await user.clear(target);
  await user.type(target, "250{Enter}");
  await vi.waitFor(() => screen.getByText("Above the maximum"));
  backend.world.refusals = {};
  await user.keyboard("{Enter}");
  expect(updates()).toEqual([{ "deadlines.target_ms": 250 }, { "deadlines.target_ms": 250 }]);
  await vi.waitFor(() => expect(screen.queryByText("Above the maximum")).toBeNull());
});

test("a text that is no number is refused without asking the app", async () => {
  const { updates, user } = await open();
  await user.type(screen.getByRole("textbox", { name: "Maximum" }), "x{Enter}");
  expect(screen.getByText("A whole number of ms is needed here")).toBeTruthy();
  expect(updates()).toEqual([]);
});

test("an empty box means automatic or never", async () => {
  const { updates, user } = await open({ settings: sampleSettings({ "memory.budget_mb": 512 }) });
  await user.clear(screen.getByRole("textbox", { name: "Memory for models" }));
  await user.keyboard("{Enter}");
  expect(updates()).toEqual([{ "memory.budget_mb": null }]);
});

test("a refused choice returns to the current value", async () => {
  const { backend, user } = await open();
  backend.world.refusals["set_settings"] = refusal("cannot write settings.json: disk full");
  await user.click(screen.getByRole("radio", { name: "Block" }));
  await vi.waitFor(() => screen.getByText("Cannot write settings.json: disk full"));
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "Line" }).checked).toBe(true);
  await user.selectOptions(screen.getByRole("combobox", { name: "Log" }), "debug");
  await vi.waitFor(() =>
    expect(screen.getByRole<HTMLSelectElement>("combobox", { name: "Log" }).value).toBe("info"),
  );
});

test("a changed setting offers its default", async () => {
  const { updates, user } = await open({ settings: sampleSettings({ "clipboard.behaviour": "paste" }) });
  await user.click(screen.getByRole("button", { name: "Set Result back to Append" }));
  expect(updates()).toEqual([{ "clipboard.behaviour": "append" }]);
  expect(screen.queryByRole("button", { name: /^Set Mode back/ }), "Mode is at its default").toBeNull();
});

test("a hotkey is changed by pressing it, while the app releases its own hotkeys", async () => {
  const { backend, updates, user } = await open();
  const recorder = screen.getByRole("button", { name: /^Complete a block/ });
  await user.click(recorder);
  expect(recorder.textContent).toContain("Press the keys…");
  await user.keyboard("{Control>}{Shift>}k{/Shift}{/Control}");
  expect(updates()).toEqual([{ "hotkeys.complete_block": "Ctrl+Shift+KeyK" }]);
  const suspensions = backend.calls.filter(({ command }) => command === "do_suspend_hotkeys");
  expect(suspensions.map(({ args }) => args["isSuspended"])).toEqual([true, false]);
  await vi.waitFor(() => expect(recorder.textContent).toContain("K"));
});

test("while recording, Escape and leaving change nothing, and Backspace turns off only an optional hotkey", async () => {
  const { updates, user } = await open();
  await user.click(screen.getByRole("button", { name: /^Complete a block/ }));
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("button", { name: /^Complete a block/ }));
  await user.tab();
  await user.click(screen.getByRole("button", { name: /^Complete a line/ }));
  await user.keyboard("{Backspace}");
  expect(updates()).toEqual([]);
  await user.click(screen.getByRole("button", { name: /^Complete a block/ }));
  await user.keyboard("{Backspace}");
  expect(updates()).toEqual([{ "hotkeys.complete_block": null }]);
});

test("a key that text is typed with is refused beside the recorder, which goes on listening", async () => {
  const { updates, user } = await open();
  const recorder = screen.getByRole("button", { name: /^Complete a line/ });
  await user.click(recorder);
  await user.keyboard("a");
  expect(screen.getByText(/the key could no longer be typed/)).toBeTruthy();
  await user.keyboard("{Alt>}j{/Alt}");
  expect(updates()).toEqual([{ "hotkeys.complete_line": "Alt+KeyJ" }]);
});

test("Escape ends the recording, then takes back what was refused, and only then is left to the window", async () => {
  const { user } = await open();
  const left: boolean[] = [];
  const note = (event: KeyboardEvent) => left.push(!event.defaultPrevented);
  window.addEventListener("keydown", note);
  const recorder = screen.getByRole("button", { name: /^Complete a line/ });
  await user.click(recorder);
  await user.keyboard("a{Escape}");
  expect(screen.queryByText(/the key could no longer be typed/), "it belonged to the recording").toBeNull();
  await user.click(recorder);
  await user.keyboard("{Control>}");
  recorder.blur();
  expect(await screen.findByText(/choose others/)).toBeTruthy();
  recorder.focus();
  left.length = 0;
  await user.keyboard("{/Control}{Escape}{Escape}");
  window.removeEventListener("keydown", note);
  expect(left, "the message, then the window").toEqual([false, true]);
  expect(screen.queryByText(/choose others/)).toBeNull();
});

test("a hotkey that another program holds is reported beside it, with a command to bind instead", async () => {
  const [line, block] = sampleStatus().hotkeys;
  if (!line || !block) throw new Error("the sample has two hotkeys");
  const message = "Ctrl+Alt+Space belongs to another program";
  await open({ status: sampleStatus({ hotkeys: [{ ...line, state: "taken", message }, block] }) });
  expect(screen.getByTestId("hotkey-problem-hotkeys.complete_line").textContent).toContain(message);
  expect(screen.getByText("pounce trigger --mode line")).toBeTruthy();
  expect(screen.queryByTestId("hotkey-problem-hotkeys.complete_block")).toBeNull();
});

test("on Wayland the advice is to bind the command", async () => {
  const hotkeys = sampleStatus().hotkeys.map((hotkey) => ({ ...hotkey, state: "unavailable" as const }));
  await open({ status: sampleStatus({ session: "wayland", hotkeys }) });
  expect(screen.getAllByText(/On Wayland, you can bind this command/)).toHaveLength(2);
});

test("a hotkey that the desktop delivers is no problem and is changed there", async () => {
  const message = "your desktop delivers this hotkey";
  const hotkeys = sampleStatus().hotkeys.map((hotkey) => ({ ...hotkey, state: "portal" as const, message }));
  await open({ status: sampleStatus({ session: "wayland", hotkeys }) });
  expect(screen.getAllByText("Your desktop delivers this hotkey."), "beside each hotkey").toHaveLength(2);
  expect(screen.queryByTestId("hotkey-problem-hotkeys.complete_line")).toBeNull();
});

test("where programs cannot paste, the setting says what happens instead", async () => {
  const status = sampleStatus({ session: "wayland" });
  await open({ status, settings: sampleSettings({ "clipboard.behaviour": "paste" }) });
  const told = screen.getByText(/the completion is copied instead/);
  expect(told.closest("[id='setting-clipboard.behaviour']"), "beside it").toBeTruthy();
});

test("where copies cannot be read ahead, the setting says so", async () => {
  const read_ahead_problem = "this desktop does not tell programs of copies";
  await open({ status: sampleStatus({ read_ahead_problem }) });
  const told = screen.getByText("This desktop does not tell programs of copies");
  expect(told.closest("[id='setting-clipboard.encode_on_copy']"), "beside it").toBeTruthy();
});

test("a program gets paste keys once it has a name, and loses them with its name", async () => {
  const { updates, user } = await open();
  await user.click(screen.getByRole("button", { name: "Add a program" }));
  const program = screen.getByRole("textbox", { name: "Window class of program 1" });
  await user.type(program, "KeePassXC{Enter}");
  await user.tab();
  const rule = { program: "KeePassXC", keys: "Ctrl+Shift+V" };
  expect(updates()).toEqual([{ "clipboard.paste_keys": [rule] }]);
  await user.selectOptions(screen.getByRole("combobox", { name: "Keys of KeePassXC" }), "Never paste");
  expect(updates()[1]).toEqual({ "clipboard.paste_keys": [{ ...rule, keys: "never" }] });
  await user.clear(screen.getByRole("textbox", { name: "Window class of program 1" }));
  await user.tab();
  expect(updates()[2]).toEqual({ "clipboard.paste_keys": [] });
});

test("a cursor marker is saved when it is entered, and an empty one is none", async () => {
  const { updates, user } = await open();
  const marker = screen.getByRole("textbox", { name: "Cursor marker" });
  await user.type(marker, "@@");
  await user.tab();
  await user.clear(marker);
  await user.tab();
  expect(updates()).toEqual([{ "clipboard.cursor_marker": "@@" }, { "clipboard.cursor_marker": null }]);
});

test("a folder with code is chosen in the desktop's dialog, and removed again", async () => {
  const { backend, updates, user } = await open({ chosen: "/home/ada/code" });
  await user.click(screen.getByRole("button", { name: "Add a folder" }));
  await vi.waitFor(() => expect(updates()).toEqual([{ "projects.folders": ["/home/ada/code"] }]));
  expect(backend.calls.at(-2)).toEqual({ command: "do_choose_path", args: { place: "project" } });

  await user.click(screen.getByRole("button", { name: "Add a folder" }));
  expect(updates(), "each folder once").toHaveLength(1);

  await user.click(screen.getByRole("button", { name: "Remove /home/ada/code" }));
  await vi.waitFor(() => expect(updates().at(-1)).toEqual({ "projects.folders": [] }));

  backend.world.chosen = null;
  await user.click(screen.getByRole("button", { name: "Add a folder" }));
  expect(updates(), "nothing was chosen").toHaveLength(2);
});

test("the server says where programs are answered, or which program has its port", async () => {
  const { user, updates } = await open({
    settings: sampleSettings({ "server.enabled": true }),
    status: sampleStatus({ server: { kind: "port_in_use", port: 7686, program: "llama-server" } }),
  });
  expect(screen.getByText("Port 7686 is used by llama-server: choose another one.")).toBeTruthy();
  await user.type(screen.getByRole("textbox", { name: "Token" }), "s3cret");
  await user.tab();
  expect(updates()).toEqual([{ "server.token": "s3cret" }]);
});
