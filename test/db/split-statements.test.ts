import { expect, it } from 'vitest'
import { splitStatements } from '#db/split-statements'

it.each([
  ['two statements and comments', '-- a;\nselect 1; /* ; /* ; */ */ select 2', ['select 1', 'select 2']],
  [
    'semicolons in quotes',
    `select ';', ";", E'\\';', 'it''s;'; select 2`,
    [`select ';', ";", E'\\';', 'it''s;'`, 'select 2'],
  ],
  [
    'functions',
    'create function f() as $a$ x; $$;$$ $a$; select $$;$$',
    ['create function f() as $a$ x; $$;$$ $a$', 'select $$;$$'],
  ],
  ['words with dollars', 'select a$b$c; select 2', ['select a$b$c', 'select 2']],
  ['comments alone', '-- a;\n/* b; */ ;;', []],
  ['what never ends', 'select 1; /* 2;', ['select 1']],
  ['comments inside', 'select 1 -- one;\n, 2;', ['select 1 -- one;\n, 2']],
])('splits %s', (_what, text, expected) => {
  expect(splitStatements(text).map(({ sql }) => sql)).toEqual(expected)
})
