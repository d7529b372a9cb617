import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend, refusal, type World } from "../../test/backend";
import { sampleCatalogue, sampleInstall } from "../../test/sample";
import MoreModels from "./MoreModels.svelte";

const [QWEN, SMALL] = ["qwen2.5-coder-0.5b", "codet5-small"];

async function open(change: Partial<World> = {}, installed: string[] = ["pounce-50m"]) {
  const backend = installBackend(change);
  render(MoreModels, { installed });
  await vi.waitFor(() =>
    expect(backend.calls.some(({ command }) => command === "query_installs")).toBe(true),
  );
  const entry = (id: string) =>
    vi.waitFor(() => {
      const found = screen.getAllByTestId("catalogue-entry").find((entry) => entry.dataset["model"] === id);
      if (!found) throw new Error(`${id} is not offered`);
      return within(found);
    });
  return { backend, entry, user: userEvent.setup() };
}

test("an entry shows a model's description, size and licence", async () => {
  const { entry } = await open();
  const qwen = await entry(QWEN);
  expect(qwen.getByText(/507 MiB to download · Apache-2.0 · many languages/)).toBeTruthy();
  expect(qwen.queryByText(/checksums are not known/), "its files are known").toBeNull();
  const small = await entry(SMALL);
  expect(small.getByText(/size told by the server · Apache-2.0 · c, go, java/)).toBeTruthy();
  expect(small.getByText(/the first download pins what it gets/)).toBeTruthy();
});

test("an installed model is not offered again", async () => {
  const { entry } = await open({}, [QWEN]);
  await entry(SMALL);
  expect(screen.queryByText("Qwen2.5-Coder 0.5B")).toBeNull();
});

test("an install shows bytes, speed and time left, and can be cancelled", async () => {
  const { backend, entry, user } = await open();
  const qwen = await entry(QWEN);
  await user.click(qwen.getByRole("button", { name: "Install Qwen2.5-Coder 0.5B" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_install_model", args: { source: QWEN } });
  await vi.waitFor(() => qwen.getByText("Checking"));
  await backend.emit("install_progress", sampleInstall());
  await vi.waitFor(() => qwen.getByText("203 MiB of 507 MiB · 9.0 MiB/s · 34 s left"));
  expect(qwen.getByRole<HTMLProgressElement>("progressbar").position).toBeCloseTo(0.4, 2);
  await user.click(qwen.getByRole("button", { name: /^Cancel installing/ }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_cancel_install", args: { id: QWEN } });
  await backend.emit("install_ended", { id: QWEN, outcome: "cancelled", message: null, pinned: [] });
  await vi.waitFor(() => qwen.getByRole("button", { name: /^Install/ }));
  expect(qwen.queryByRole("alert"), "the user has stopped it: there is nothing to say").toBeNull();
});

test("a window that is opened later shows the installs under way and their problems", async () => {
  const note = "connection lost, trying again in 4 s";
  const { entry } = await open({ installs: [sampleInstall({ note, time_left_ms: null })] });
  const qwen = await entry(QWEN);
  await vi.waitFor(() => qwen.getByText("Connection lost, trying again in 4 s"));
});

test("a step of unknown length has a bar without an end", async () => {
  const install = sampleInstall({
    step: "converting",
    total_bytes: null,
    done_bytes: 0,
    bytes_per_second: null,
    time_left_ms: null,
  });
  const { entry } = await open({ installs: [install] });
  const qwen = await entry(QWEN);
  await vi.waitFor(() => qwen.getByText("Converting for this machine"));
  expect(qwen.getByRole<HTMLProgressElement>("progressbar").hasAttribute("value")).toBe(false);
});

test("a failed install says why beside its entry, and can be tried again", async () => {
  const { backend, entry, user } = await open({ installs: [sampleInstall()] });
  const qwen = await entry(QWEN);
  const message = "model.safetensors is not what it should be: remove the pin or try again";
  await backend.emit("install_ended", { id: QWEN, outcome: "failed", message, pinned: [] });
  await vi.waitFor(() => expect(qwen.getByRole("alert").textContent).toContain(message));
  await user.click(qwen.getByRole("button", { name: /^Install/ }));
  await vi.waitFor(() => qwen.getByText("Checking"));
  expect(qwen.queryByRole("alert"), "the old failure is forgotten").toBeNull();
});

test("an install that fails before its start was confirmed does not hang", async () => {
  const { backend, entry, user } = await open();
  const small = await entry(SMALL);
  let answer: () => void = () => undefined;
  backend.world.held["do_install_model"] = new Promise((resolve) => (answer = resolve));
  await user.click(small.getByRole("button", { name: "Install CodeT5 small" }));
  await backend.emit("install_ended", { id: SMALL, outcome: "failed", message: "no network", pinned: [] });
  answer();
  await vi.waitFor(() => expect(small.getByRole("alert").textContent).toContain("No network"));
  await new Promise((resolve) => setTimeout(resolve));
  expect(small.queryByText("Checking"), "it is over").toBeNull();
});

test("an install that does not start says why beside its entry", async () => {
  const { entry, user } = await open({ refusals: { do_install_model: refusal("it is being installed") } });
  const small = await entry(SMALL);
  await user.click(small.getByRole("button", { name: "Install CodeT5 small" }));
  await vi.waitFor(() => expect(small.getByRole("alert").textContent).toContain("It is being installed"));
});

test("a finished install reports new checksums and missing measurements until it is dismissed", async () => {
  const { backend, user } = await open();
  const message = "its speed was not measured: no room in memory";
  const pinned = ["pytorch_model.bin", "tokenizer.json"];
  await backend.emit("install_ended", { id: SMALL, outcome: "installed", message, pinned });
  const told = await vi.waitFor(() => screen.getByText(/codet5-small is installed/));
  expect(told.textContent).toContain("pytorch_model.bin, tokenizer.json");
  expect(told.textContent).toContain("Its speed was not measured");
  await user.click(screen.getByRole("button", { name: "Dismiss" }));
  expect(screen.queryByText(/codet5-small is installed/)).toBeNull();
});

test("a folder or file is added as typed, and a refused text stays to be corrected", async () => {
  const { backend, user } = await open();
  const box = screen.getByRole<HTMLInputElement>("textbox", { name: "Add another" });
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Add" }).disabled).toBe(true);
  const message = "/tmp/x.gguf: there is no such file";
  backend.world.refusals["do_install_model"] = refusal(message);
  await user.type(box, " /tmp/x.gguf {Enter}");
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toContain(message));
  expect(box.value, "to be corrected").toContain("/tmp/x.gguf");
  backend.world.refusals = {};
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(backend.calls.at(-1)?.args).toEqual({ source: "/tmp/x.gguf" });
  await vi.waitFor(() => expect(box.value).toBe(""));
  expect(screen.getByRole("progressbar"), "it is under way, though no catalogue knows it").toBeTruthy();
});

test("a converted model is added once the user says that it is trusted", async () => {
  const { backend, user } = await open();
  const message = "/home/ada/mine has graphs of its own, which are run like a program";
  backend.world.refusals["do_install_model"] = { code: "untrusted", message, fields: [] };
  await user.type(screen.getByRole("textbox", { name: "Add another" }), "/home/ada/mine{Enter}");
  await vi.waitFor(() => expect(screen.getByRole("status").textContent).toContain(message));
  backend.world.refusals = {};
  await user.click(screen.getByRole("button", { name: "Trust and add" }));
  expect(backend.calls.at(-1)?.args).toEqual({ source: "/home/ada/mine", isTrusted: true });
  await vi.waitFor(() => expect(screen.getByRole("progressbar")).toBeTruthy());
});

test.each([
  ["file", "/home/ada/mine.gguf"],
  ["folder", "/home/ada/checkpoint"],
])("a %s is chosen in the desktop's dialog and added at once", async (place, path) => {
  const { backend, user } = await open({ chosen: path });
  await user.click(screen.getByRole("button", { name: `Choose a ${place}…` }));
  await vi.waitFor(() =>
    expect(backend.calls.at(-1)).toEqual({ command: "do_install_model", args: { source: path } }),
  );
  expect(backend.calls.at(-2)).toEqual({ command: "do_choose_path", args: { place } });
});

test("a cancelled dialog adds nothing, and a dialog that cannot be shown is reported", async () => {
  const { backend, user } = await open({ chosen: null });
  const choose = screen.getByRole("button", { name: "Choose a file…" });
  await user.click(choose);
  backend.world.refusals["do_choose_path"] = refusal("the app is ending");
  await user.click(choose);
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toContain("The app is ending"));
  expect(backend.calls.map(({ command }) => command)).not.toContain("do_install_model");
});

test("files that are dropped together are refused together", async () => {
  const { backend } = await open({ refusals: { do_install_model: refusal("there is no room") } });
  const paths = ["/home/ada/one.gguf", "/home/ada/two"];
  backend.world.refusals["do_install_model"] = ({ source }) => refusal(`${String(source)}: no room`);
  await backend.emit("tauri://drag-drop", { paths, position: { x: 1, y: 1 } });
  await vi.waitFor(() =>
    expect(screen.getAllByRole("alert").map(({ textContent }) => textContent.trim())).toEqual(
      paths.map((path) => `${path}: no room`),
    ),
  );
});

test("each file that is dropped onto the window is added", async () => {
  const { backend } = await open();
  const position = { x: 1, y: 1 };
  const paths = ["/home/ada/one.gguf", "/home/ada/two"];
  await backend.emit("tauri://drag-enter", { paths, position });
  await vi.waitFor(() =>
    expect(document.querySelector("section.over"), "the place to drop shows").toBeTruthy(),
  );
  await backend.emit("tauri://drag-drop", { paths, position });
  const added = () =>
    backend.calls.filter(({ command }) => command === "do_install_model").map(({ args }) => args["source"]);
  await vi.waitFor(() => expect(added()).toEqual(paths));
  expect(document.querySelector("section.over"), "the drag is over").toBeNull();
});

test("a catalogue that cannot be loaded is reported with a remedy", async () => {
  const { backend, entry, user } = await open({ refusals: { query_catalogue: refusal("it is gone") } });
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toContain("It is gone"));
  backend.world.refusals = {};
  await user.click(screen.getByRole("button", { name: "Try again" }));
  await entry(sampleCatalogue()[0]?.id ?? "");
});
