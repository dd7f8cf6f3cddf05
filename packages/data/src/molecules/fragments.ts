/**
 * Pieces that SMILES are written from. `{}` is a place on carbon for any piece, `<>` one on a
 * heteroatom for pieces that begin with carbon, so that no chains of heteroatoms come up but those
 * spelt out here. Each place may stay empty, for hydrogen.
 */
export interface Fragment {
  readonly text: string;
  /** Atoms beside hydrogen. */
  readonly size: number;
  /** Begins with carbon, and so may be on a heteroatom. */
  readonly onHetero: boolean;
  /** Has a net charge. */
  readonly charged: boolean;
}

const SCAFFOLDS = [
  'C{}{}{}',
  'C{}{}C{}{}',
  'C{}{}C{}{}C{}{}',
  'C{}=C{}',
  'C{}{}=C{}{}',
  'C{}#C{}',
  'C{}=O',
  'O=C{}{}',
  'O<><>',
  'S<><>',
  'N<><><>',
  'P<><><>',
  'O=P<><><>',
  'O=S<><>',
  'O=S<>(=O)<>',
  'C{}#N',
  'C{}{}=N<>',
  'C{}=NO<>',
  'N<><>N<><>',
  'C{}(=O)N<><>',
  'C{}(=O)O<>',
  'N<><>C(=O)N<><>',
  'O=C(O<>)O<>',
  'P(=O)(O<>)(O<>)O<>',
  'S(=O)(=O)(O<>)O<>',
  'C1{}{}C{}{}C1{}{}',
  'C1{}{}C{}{}O1',
  'C1{}{}C{}{}N1<>',
  'C1{}{}C{}{}S1',
  'C1{}{}C{}{}C{}{}C1{}{}',
  'C1{}{}C{}{}C{}{}O1',
  'C1{}{}C{}{}C{}{}C{}{}C1{}{}',
  'C1{}{}C{}{}OC{}{}C1{}{}',
  'C1{}{}C{}{}N<>C{}{}C1{}{}',
  'C1{}{}C{}{}SC{}{}C1{}{}',
  'C1{}=C{}C{}{}C{}{}C1{}{}',
  'C1{}{}C{}{}C{}{}C{}{}C{}{}C1{}{}',
  'C1{}{}C{}{}OC{}{}C{}{}N1<>',
  'C1{}{}C{}{}C{}{}OC{}{}C1{}{}',
  'O=C1C{}{}C{}{}C{}{}C1{}{}',
  'O=C1C{}{}C{}{}C{}{}N1<>',
  'c1{}c{}c{}c{}c{}c1{}',
  'c1{}c{}nc{}c{}c1{}',
  'c1{}nc{}nc{}c1{}',
  'c1{}nc{}c{}nc1{}',
  'c1{}nnc{}c{}c1{}',
  'c1{}c{}oc{}c1{}',
  'c1{}c{}sc{}c1{}',
  'c1{}c{}n<>c{}c1{}',
  'c1{}c{}n<>c{}n1',
  'c1{}c{}nn<>c1{}',
  'c1{}noc{}c1{}',
  'c1{}coc{}n1',
  'c1{}csc{}n1',
  'c1{}nnn<>c1{}',
  'c1{}c{}c{}c2c(c1)C{}{}C{}{}C2',
  'c1{}c{}c{}c2c(c1)cc{}[nH]2',
  'c1{}c{}c{}c2c(c1)nc{}o2',
  'C1{}{}C2CC1C{}{}C2',
  'C1{}{}CC2C1C2{}{}',
];

/**
 * Put into `{}`; the first atom has one bond to spare. Those of carbon also into `<>`. Their ring
 * numbers are not those of the scaffolds, whose rings are open where they are put.
 */
const SUBSTITUENTS = [
  'C',
  'C{}{}',
  'C{}{}C{}{}',
  'C{}=C{}{}',
  'C#C{}',
  'C#N',
  'C=O',
  'C(=O)C{}',
  'C(=O)O<>',
  'C(=O)N<><>',
  'C(F)(F)F',
  'C(F)F',
  'C(C)(C){}',
  'C8CC8',
  'c9ccccc9',
  'F',
  'Cl',
  'Br',
  'O',
  'O<>',
  'N',
  'N<><>',
  'S',
  'S<>',
  'P<><>',
  'OC(=O){}',
  'NC(=O){}',
  'S(=O)<>',
  'S(=O)(=O)<>',
  'S(=O)(=O)N<><>',
  'P(=O)(O<>)O<>',
  '[N+](=O)[O-]',
  'N=[N+]=[N-]',
  'NN',
  'NO',
];

const CHARGED = [
  '[NH3+]',
  '[NH2+]C',
  '[NH+](C)C',
  '[N+](C)(C)C',
  '[O-]',
  '[S-]',
  'C(=O)[O-]',
  'S(=O)(=O)[O-]',
  'P(=O)(O)[O-]',
  '[S+](C)C',
  '[P+](C)(C)C',
];

/** Molecules and ions that no scaffold makes. */
export const SMALL_MOLECULES: readonly string[] = [
  'O N C S P F Cl Br N#N [C-]#[O+] O=C=O S=C=S N#C [C-]#N [N-]=[N+]=O OO NN NO',
  '[OH-] [NH4+] [OH3+] [F-] [Cl-] [Br-] [SH-] [PH4+] [NH2-] ClCl BrBr FF ClF OF OCl OBr NF NCl',
  'FOF ClOCl FN(F)F ClN(Cl)Cl FP(F)F ClP(Cl)Cl BrP(Br)Br FS(F)(F)(F)(F)F FP(F)(F)(F)F SS PP',
  'O=S=O O=S(=O)=O O=C=S O=[N+]([O-])O C=[N+]=[N-] C=C=C C=C=O O=C=C=C=O N#CC#N',
  'O=P(F)(F)F O=P(Cl)(Cl)Cl FC(F)(F)F ClC(Cl)(Cl)Cl BrC(Br)(Br)Br O=S(F)F O=S(=O)(Cl)Cl',
  'FC(F)=C(F)F O=C(F)F O=C(Cl)Cl N#CF N#CCl N#CBr C[S-] C[O-] CC(=O)[O-] C[NH3+] [O-]C=O',
]
  .join(' ')
  .split(' ');

export const scaffolds: readonly Fragment[] = SCAFFOLDS.map((text) => fragment(text, false));
export const substituents: readonly Fragment[] = SUBSTITUENTS.map((text) => fragment(text, false));
export const chargedSubstituents: readonly Fragment[] = CHARGED.map((text) => fragment(text, true));

function fragment(text: string, charged: boolean): Fragment {
  const size = text.match(/\[[^\]]*\]|Cl|Br|[BCNOPSFIcnosp]/g)?.length ?? 0;
  return { text, size, onHetero: /^c/i.test(text) && !text.startsWith('Cl'), charged };
}
