import { isSymbol, numberOf } from '@mlffd/core';
import { SmilesError } from './errors.ts';

/** An atom as a SMILES writes it. */
interface SmilesAtom {
  readonly number: number;
  readonly aromatic: boolean;
  /** Formal charge, e. */
  readonly charge: number;
  /** Hydrogens that a bracket states; undefined outside brackets, where the valence decides. */
  readonly hydrogens: number | undefined;
}

/** A bond as a SMILES writes it; `order` is 1.5 between aromatic atoms and where `:` says so. */
interface SmilesBond {
  readonly from: number;
  readonly to: number;
  readonly order: number;
}

export interface SmilesGraph {
  readonly atoms: readonly SmilesAtom[];
  readonly bonds: readonly SmilesBond[];
}

const ORGANIC = /Cl|Br|[BCNOPSFI]|[bcnops]/y;
const BRACKET =
  /\[(\d{1,3})?([A-Z][a-z]?|[bcnops]|se|as|te)(@@?(?:TH[12]|AL[12])?)?(H\d?)?(\+{1,4}|-{1,4}|[+-]\d)?(?::\d{1,4})?\]/y;
const RING = /%\d\d|\d/y;
const BONDS: Readonly<Record<string, number>> = {
  '-': 1,
  '=': 2,
  '#': 3,
  ':': 1.5,
  '/': 1,
  '\\': 1,
};

/**
 * Reads the graph of a SMILES (OpenSMILES 1.0 without wildcards, quadruple bonds and reactions), by
 * the letter: cheminformatics libraries make something of `C(`, `C%` and `[CH9]` too.
 *
 * @throws SmilesError `data/not-smiles` with the position of the offending character
 */
export function parseSmiles(smiles: string): SmilesGraph {
  const reader = new SmilesReader(smiles);
  return reader.read();
}

interface OpenRing {
  readonly atom: number;
  readonly order: number | undefined;
}

class SmilesReader {
  readonly #text: string;
  readonly #atoms: SmilesAtom[] = [];
  readonly #bonds: SmilesBond[] = [];
  readonly #branches: number[] = [];
  readonly #rings = new Map<number, OpenRing>();
  #at = 0;
  /** Atom that the next one is bonded to; -1 at the start of a component. */
  #previous = -1;
  #order: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): SmilesGraph {
    while (this.#at < this.#text.length) this.#step();
    if (this.#atoms.length === 0) throw this.#error('it has no atoms');
    if (this.#previous === -1 || this.#order !== undefined) throw this.#error('it ends too early');
    if (this.#branches.length > 0) throw this.#error('a branch is not closed');
    for (const ring of this.#rings.keys()) throw this.#error(`ring ${ring} is not closed`);
    return { atoms: this.#atoms, bonds: this.#bonds };
  }

  #step(): void {
    const char = this.#text[this.#at];
    if (char === '(') {
      this.#needAtom();
      if (this.#text[this.#at + 1] === ')') throw this.#error('a branch is empty');
      this.#branches.push(this.#previous);
      this.#at++;
    } else if (char === ')') {
      this.#needAtom();
      const start = this.#branches.pop();
      if (start === undefined) throw this.#error('a branch is closed that was not opened');
      this.#previous = start;
      this.#at++;
    } else if (char === '.') {
      this.#needAtom();
      this.#previous = -1;
      this.#at++;
    } else if (char in BONDS) {
      this.#needAtom();
      this.#order = BONDS[char];
      this.#at++;
    } else if (/[\d%]/.test(char)) {
      this.#ring();
    } else {
      this.#atom();
    }
  }

  /** Refuses what may follow only a complete atom. */
  #needAtom(): void {
    if (this.#previous === -1 || this.#order !== undefined) {
      throw this.#error('an atom is expected');
    }
  }

  #ring(): void {
    if (this.#previous === -1) throw this.#error('a ring number needs an atom before it');
    const ring = Number(this.#match(RING)?.[0].replace('%', '') ?? this.#fail());
    const order = this.#order;
    this.#order = undefined;
    const open = this.#rings.get(ring);
    if (open === undefined) {
      this.#rings.set(ring, { atom: this.#previous, order });
      return;
    }
    this.#rings.delete(ring);
    if (order !== undefined && open.order !== undefined && order !== open.order) {
      throw this.#error(`the two ends of ring ${ring} disagree about the bond`);
    }
    this.#bond(open.atom, this.#previous, order ?? open.order);
  }

  #atom(): void {
    const atom = this.#text[this.#at] === '[' ? this.#bracketAtom() : this.#organicAtom();
    this.#atoms.push(atom);
    const index = this.#atoms.length - 1;
    if (this.#previous !== -1) this.#bond(this.#previous, index, this.#order);
    this.#previous = index;
    this.#order = undefined;
  }

  #organicAtom(): SmilesAtom {
    const [label] = this.#match(ORGANIC) ?? this.#fail();
    const aromatic = label === label.toLowerCase();
    return { number: elementOf(label) ?? this.#fail(), aromatic, charge: 0, hydrogens: undefined };
  }

  #bracketAtom(): SmilesAtom {
    const match = this.#match(BRACKET) ?? this.#fail();
    const [, , label, , hydrogens = 'H0', charge = '+0'] = match as (string | undefined)[];
    return {
      number: elementOf(label ?? '') ?? this.#fail(),
      aromatic: /^[a-z]/.test(label ?? ''),
      charge: chargeOf(charge),
      hydrogens: hydrogens === 'H' ? 1 : Number(hydrogens.slice(1)),
    };
  }

  #bond(from: number, to: number, stated: number | undefined): void {
    if (
      from === to ||
      this.#bonds.some((b) => (b.from === from && b.to === to) || (b.from === to && b.to === from))
    ) {
      throw this.#error('two atoms are bonded twice, or one to itself');
    }
    const aromatic = this.#atoms[from].aromatic && this.#atoms[to].aromatic;
    this.#bonds.push({ from, to, order: stated ?? (aromatic ? 1.5 : 1) });
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #fail(): never {
    throw this.#error('this is no atom, bond or ring number');
  }

  #error(what: string): SmilesError {
    const text = JSON.stringify(this.#text.slice(0, 200));
    return new SmilesError('data/not-smiles', `${text} is not a SMILES: ${what}`, {
      expected: 'a SMILES of one or more molecules, such as CC(=O)O',
      found: JSON.stringify(this.#text.slice(this.#at, this.#at + 20)),
      where: `character ${this.#at + 1} of ${text}`,
      hint: 'Give one SMILES without a name after it.',
    });
  }
}

function elementOf(label: string): number | undefined {
  const symbol = label.charAt(0).toUpperCase() + label.slice(1);
  return isSymbol(symbol) ? numberOf(symbol) : undefined;
}

function chargeOf(text: string): number {
  const size = /\d$/.test(text) ? Number(text.slice(1)) : text.length;
  return text.startsWith('-') ? -size : size;
}
