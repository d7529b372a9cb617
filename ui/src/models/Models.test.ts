import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { installBackend, refusal, type World } from "../../test/backend";
import { sampleModels } from "../../test/sample";
import Models from "./Models.svelte";

async function open(change: Partial<World> = {}) {
  const backend = installBackend(change);
  render(Models);
  await vi.waitFor(() => expect(document.body.dataset["ready"]).toBe("true"));
  const card = (name: string) => within(screen.getByRole("article", { name }));
  return { backend, card, user: userEvent.setup() };
}

test("a card shows a model's memory, speed and quality, and marks what is not known yet", async () => {
  const { card } = await open();
  expect(card("Pounce 50M").getByText("46.0 MiB")).toBeTruthy();
  expect(card("Pounce 50M").getByText("52.4 ms")).toBeTruthy();
  expect(
    card("Pounce 50M").getByText("28% right to the character, edit similarity 0.62, of 200 lines"),
  ).toBeTruthy();
  expect(card("Pounce 50M").getByText("2 if left to Pounce: 97.3 ms with 1, 58.1 ms with 2")).toBeTruthy();
  expect(card("CodeT5+ 220M").queryByText("Threads"), "not measured: nothing to tell").toBeNull();
  expect(card("CodeT5+ 220M").getByText("148 ms, over the target")).toBeTruthy();
  expect(card("CodeT5+ 770M").getByText("not loaded here yet")).toBeTruthy();
});

test("a model that is not on the GPU says why", async () => {
  const models = sampleModels();
  const why = "there are no CUDA kernels for its rounded weights";
  models.models = models.models.map((model) => ({ ...model, device_problem: why }));
  const { card } = await open({ models });
  expect(card("Pounce 50M").getByText(`the processor: ${why}`)).toBeTruthy();
});

test("the model that came with the app cannot be removed", async () => {
  const { card } = await open();
  expect(card("Pounce 50M").queryByRole("button", { name: "Remove…" })).toBeNull();
});

test("removing asks for confirmation and says how much is deleted", async () => {
  const { backend, card, user } = await open();
  await user.click(card("CodeT5+ 770M").getByRole("button", { name: "Remove…" }));
  const dialog = screen.getByRole("dialog", { name: "Remove CodeT5+ 770M?" });
  expect(dialog.textContent).toContain("742 MiB");
  await user.click(within(dialog).getByRole("button", { name: "Remove" }));
  expect(backend.calls.at(-1)).toEqual({ command: "do_remove_model", args: { id: "codet5p-770m" } });
  await vi.waitFor(() => expect(screen.queryByRole("article", { name: "CodeT5+ 770M" })).toBeNull());
});

test("the selector pins a model and unpins it", async () => {
  const { backend, user } = await open();
  const selector = screen.getByRole<HTMLSelectElement>("combobox", { name: "Completions come from" });
  await user.selectOptions(selector, "CodeT5+ 220M");
  expect(backend.world.models.pinned).toBe("codet5p-220m");
  await user.selectOptions(selector, "Automatic");
  expect(backend.world.models.pinned).toBeNull();
});

test("a refused pin is reported, and the selector shows the current model", async () => {
  const { user } = await open({
    refusals: { do_pin_model: refusal("codet5p-770m does not fit the budget") },
  });
  const selector = screen.getByRole<HTMLSelectElement>("combobox", { name: "Completions come from" });
  await user.selectOptions(selector, "CodeT5+ 770M");
  await vi.waitFor(() => expect(screen.getByRole("alert").textContent).toContain("does not fit the budget"));
  expect(selector.selectedOptions[0]?.textContent).toBe("Automatic");
});

test("a model that failed says why and can be loaded again", async () => {
  const models = sampleModels();
  Object.assign(models.models[2] ?? {}, {
    state: "failed",
    error: "decoder.onnx is truncated: install it again",
  });
  const { card, user } = await open({ models });
  expect(card("CodeT5+ 770M").getByRole("alert").textContent).toContain("decoder.onnx is truncated");
  await user.click(card("CodeT5+ 770M").getByRole("button", { name: "Load" }));
  await vi.waitFor(() => expect(card("CodeT5+ 770M").getByText("Ready")).toBeTruthy());
});

test("without any model the page says how to get one", async () => {
  await open({ models: { ...sampleModels(), models: [] } });
  expect(screen.getByText(/No model is installed/)).toBeTruthy();
});
