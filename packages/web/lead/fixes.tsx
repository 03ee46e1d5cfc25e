import { useFormat, useTexts } from '#web/frame/language'
import { Copied } from '#web/lead/evidence.tsx'
import { type Fix, writeZoneLine } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

/** What to publish, ready to paste, or what a person must answer first. */
export function Fixes({ fixes }: { fixes: Fix[] }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  return fixes.map(({ rule, title, text, points, is_certain: isCertain, steps, questions }) => (
    <div key={rule} class="fix">
      <p class="fix-title">{title}</p>
      <p>{text}</p>
      <p class="fix-gain">{(isCertain ? t.fix.certain : t.fix.likely)(`+${format.number(points)}`)}</p>
      {questions.length > 0 && (
        <div class="fix-questions">
          <p class="fix-when">{t.fix.questions}</p>
          <ul>
            {questions.map((question) => (
              <li key={question.code}>{question.text}</li>
            ))}
          </ul>
        </div>
      )}
      {steps.length > 0 && (
        <ol class="fix-steps">
          {steps.map((step, at) => (
            <li key={at}>
              <p class="fix-when">
                {step.after_days === 0 ? t.fix.now : t.fix.after(format.number(step.after_days), step.after_days)}
              </p>
              {step.remove.map((record) => (
                <div key={record.value} class="fix-record" data-kind="remove">
                  <span>{t.fix.remove}</span>
                  <Copied text={writeZoneLine(record)} label={t.fix.copy} />
                </div>
              ))}
              {step.publish.map((record) => (
                <div key={record.value} class="fix-record" data-kind="publish">
                  <span>{t.fix.publish}</span>
                  <Copied text={writeZoneLine(record)} label={t.fix.copy} />
                </div>
              ))}
            </li>
          ))}
        </ol>
      )}
    </div>
  ))
}
