import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend, refusal, type World } from "../../test/backend";
import { sampleRemote } from "../../test/sample";
import Remote from "./Remote.svelte";

async function open(change: Partial<World> = {}) {
  const backend = installBackend(change);
  render(Remote);
  await vi.waitFor(() => expect(document.body.dataset["ready"]).toBe("true"));
  const card = (name: string) => within(screen.getByRole("article", { name }));
  const sent = (command: string) =>
    backend.calls.filter((call) => call.command === command).map(({ args }) => args);
  return { backend, card, sent, user: userEvent.setup() };
}

const off = () => ({ remote: sampleRemote({ is_enabled: false }) });

test("remote engines need a confirmation that names where the code goes", async () => {
  const { sent, user } = await open(off());
  const enabled = screen.getByRole("switch", { name: "Ask remote engines" });
  await user.click(enabled);
  let dialog = screen.getByRole("dialog", { name: "Let code leave this machine?" });
  expect(dialog.textContent).toContain("gpu.example.org");
  await user.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(sent("set_remote"), "refused once, nothing was sent").toEqual([]);
  expect(enabled.getAttribute("aria-checked")).toBe("false");
  await user.click(enabled);
  dialog = screen.getByRole("dialog", { name: "Let code leave this machine?" });
  await user.click(within(dialog).getByRole("button", { name: "Turn on" }));
  expect(sent("set_remote")).toEqual([{ update: { is_enabled: true } }]);
  await vi.waitFor(() => expect(enabled.getAttribute("aria-checked")).toBe("true"));
});

test("a new host is asked about once more, even if remote engines are on", async () => {
  const { sent, user } = await open();
  const save = async (address: string) => {
    await user.click(screen.getByRole("button", { name: "Add an engine" }));
    const form = within(screen.getByRole("form", { name: "New engine" }));
    await user.type(form.getByLabelText("Name"), address.slice(8, 12));
    await user.type(form.getByLabelText("Address"), address);
    await user.click(form.getByRole("button", { name: "Save" }));
  };
  await save("https://gpu.example.org/v1");
  await vi.waitFor(() => expect(sent("do_save_engine").length).toBe(1));
  expect(screen.queryByRole("dialog"), "a host that is known").toBeNull();
  await save("https://mine.example.org/v1");
  const dialog = await screen.findByRole("dialog", { name: "Let code leave this machine?" });
  expect(dialog.textContent).toContain("mine.example.org");
  const enabled = screen.getByRole("switch", { name: "Ask remote engines" });
  expect(enabled.getAttribute("aria-checked"), "nothing is sent before the answer").toBe("false");
  await user.click(within(dialog).getByRole("button", { name: "Turn on" }));
  expect(sent("set_remote")).toEqual([{ update: { is_enabled: true } }]);
});

test("turning off asks for no confirmation", async () => {
  const { sent, user } = await open();
  await user.click(screen.getByRole("switch", { name: "Ask remote engines" }));
  expect(sent("set_remote")).toEqual([{ update: { is_enabled: false } }]);
});

test("unencrypted connections need a confirmation as well", async () => {
  const { sent, user } = await open();
  await user.click(screen.getByRole("switch", { name: "Allow unencrypted connections" }));
  expect(sent("set_remote")).toEqual([]);
  const dialog = screen.getByRole("dialog", { name: "Allow unencrypted connections?" });
  await user.click(within(dialog).getByRole("button", { name: "Allow" }));
  expect(sent("set_remote")).toEqual([{ update: { allows_plain_http: true } }]);
});

test("an engine is marked by where its code goes", async () => {
  const { card } = await open();
  expect(card("office-gpu").getByText("Leaves this machine")).toBeTruthy();
});

test("while remote engines are off, the list says so", async () => {
  const { card } = await open(off());
  expect(card("office-gpu").getByText("Off")).toBeTruthy();
});

test("without engines the page says what they are for", async () => {
  await open({ remote: sampleRemote({ engines: [] }) });
  expect(screen.getByText(/None yet/)).toBeTruthy();
});

test("a new engine is saved with its key, which is not shown again", async () => {
  const { card, sent, user } = await open({ remote: sampleRemote({ engines: [] }) });
  await user.click(screen.getByRole("button", { name: "Add an engine" }));
  const form = within(screen.getByRole("form", { name: "New engine" }));
  const save = form.getByRole<HTMLButtonElement>("button", { name: "Save" });
  expect(save.disabled, "a name and an address are needed").toBe(true);
  await user.type(form.getByLabelText("Name"), "mine");
  await user.type(form.getByLabelText("Address"), "https://mine.example.org/v1");
  const key = form.getByLabelText<HTMLInputElement>("Key");
  expect(key.type, "it cannot be read over the shoulder").toBe("password");
  await user.type(key, "sk-secret");
  await user.click(save);
  const engine = { id: "mine", url: "https://mine.example.org/v1", model: "", kind: "openai" };
  expect(sent("do_save_engine")).toEqual([{ old: null, engine, key: "sk-secret" }]);
  await vi.waitFor(() => expect(card("mine").getByText("kept in the keyring")).toBeTruthy());
  expect(document.body.innerHTML).not.toContain("sk-secret");
});

test("a refused engine stays in its form, beside the reason", async () => {
  const { backend, user } = await open();
  const message = "http:// to another machine is not allowed: use https://";
  backend.world.refusals["do_save_engine"] = refusal("refused", [{ field: "remote.engines", message }]);
  await user.click(screen.getByRole("button", { name: "Add an engine" }));
  const form = within(screen.getByRole("form", { name: "New engine" }));
  await user.type(form.getByLabelText("Name"), "mine");
  await user.type(form.getByLabelText("Address"), "http://mine.example.org");
  await user.click(form.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toMatch(/refused|not allowed/i));
  expect(form.getByLabelText<HTMLInputElement>("Address").value).toBe("http://mine.example.org");
});

test("editing keeps the stored key unless another one is typed", async () => {
  const { card, sent, user } = await open();
  await user.click(card("office-gpu").getByRole("button", { name: "Edit" }));
  const form = within(screen.getByRole("form", { name: "Edit office-gpu" }));
  await user.clear(form.getByLabelText("Model"));
  await user.click(form.getByRole("button", { name: "Save" }));
  expect(sent("do_save_engine")).toMatchObject([{ old: "office-gpu", engine: { model: "" }, key: null }]);
});

test("changing the server warns that its key is removed, and removes it", async () => {
  const { card, user } = await open();
  const office = card("office-gpu");
  office.getByText("kept in the keyring");
  await user.click(office.getByRole("button", { name: "Edit" }));
  const form = within(screen.getByRole("form", { name: "Edit office-gpu" }));
  const address = form.getByLabelText("Address");
  await user.type(address, "/v2");
  expect(form.queryByText(/is forgotten/), "another path is the same server").toBeNull();
  await user.clear(address);
  await user.type(address, "https://other.example.org/v1");
  form.getByText(/the key that is kept is forgotten/);
  await user.click(form.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => card("office-gpu").getByText("none"));
});

test("a connection is tested with one completion, and a failure names the remedy", async () => {
  const { backend, card, sent, user } = await open();
  const office = card("office-gpu");
  await user.click(office.getByRole("button", { name: "Test connection" }));
  await vi.waitFor(() => office.getByText("Answered in 184 ms"));
  expect(sent("do_check_engine"), "the app knows the address, and whose key it is").toEqual([
    { id: "office-gpu" },
  ]);
  const message = "gpu.example.org refused the key: enter another one";
  backend.world.refusals["do_check_engine"] = refusal(message);
  await user.click(office.getByRole("button", { name: "Test connection" }));
  await vi.waitFor(() => expect(office.getByRole("alert").textContent).toContain(message));
  expect(office.queryByText(/Answered/), "the old answer is void").toBeNull();
});

test("removing asks first", async () => {
  const { card, sent, user } = await open();
  await user.click(card("office-gpu").getByRole("button", { name: "Remove…" }));
  const dialog = screen.getByRole("dialog", { name: "Remove office-gpu?" });
  await user.click(within(dialog).getByRole("button", { name: "Remove" }));
  expect(sent("do_remove_engine")).toEqual([{ id: "office-gpu" }]);
  await vi.waitFor(() => expect(screen.queryByRole("article", { name: "office-gpu" })).toBeNull());
});

test("engines that cannot be loaded are reported with a remedy", async () => {
  const backend = installBackend({ refusals: { query_remote: refusal("the settings are gone") } });
  render(Remote);
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toContain("The settings are gone"));
  backend.world.refusals = {};
  await userEvent.setup().click(screen.getByRole("button", { name: "Try again" }));
  await vi.waitFor(() => expect(screen.getByRole("article", { name: "office-gpu" })).toBeTruthy());
});
