import { useLayoutEffect, useRef } from "preact/hooks";
import { commands } from "../stores/app.ts";

/** Asks before power is taken from a caddy. Its name stands in the question and on the button. */
export function ConfirmDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const question = commands.question.value;
  const confirm = question?.offer.confirm;

  useLayoutEffect(() => {
    if (question && !dialog.current?.open) dialog.current?.showModal();
    if (!question && dialog.current?.open) dialog.current.close();
  }, [question]);

  return (
    <dialog
      ref={dialog}
      class="card"
      aria-labelledby="confirm-title"
      aria-describedby="confirm-text"
      onCancel={(event) => {
        event.preventDefault();
        commands.answer(false);
      }}
    >
      {question && confirm && (
        <>
          <h2 id="confirm-title">{confirm.question}</h2>
          <p id="confirm-text">{confirm.consequence}</p>
          <div class="choices">
            <button type="button" onClick={() => commands.answer(false)}>
              Cancel
            </button>
            <button type="button" class="danger" onClick={() => commands.answer(true)}>
              {question.offer.label} {question.caddy}
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
