/** Moves to the first field of a form that is marked as wrong, once the marks are there. */
export function focusInvalid(form: HTMLFormElement) {
  setTimeout(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
