import type { TrainingDomain } from '@mlffd/core';

/** What a card says about the training domain of its student, if it has one. */
export function domainText(domain: TrainingDomain | undefined): string[] {
  if (domain === undefined) return [];
  const { structures, radius } = domain;
  return [
    `\`domain.json\` has the elements, smallest distances and numbers of neighbours within ${radius} Å of ${structures.toLocaleString('en')} training structures; \`guards: { domain: calculator.domain }\` of @mlffd/md watches them during dynamics.`,
  ];
}
