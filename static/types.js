/**
 * The shapes that travel between the server and the page (docs/api.md), as JSDoc types.
 * Holds no code: it is never loaded by the browser, only read by people and by `tsc --checkJs`.
 *
 * @typedef {object} ApiError what was found, what was expected, what to do
 * @property {string} code
 * @property {string} [found]
 * @property {string} [expected]
 * @property {string} [action]
 * @property {string} [id]
 *
 * @typedef {object} ProjectSettings
 * @property {number | null} pixel_size_angstrom
 * @property {number | null} diameter_angstrom
 * @property {number | null} expected_particles
 * @property {number | null} filament_spacing_angstrom
 * @property {import('./settings.js').Given} training
 * @property {Record<string, any>} view
 *
 * @typedef {object} Derived
 * @property {number} downsample
 * @property {number} pixel_size_ds_angstrom
 * @property {number} diameter_ds
 * @property {number} positive_radius_ds
 * @property {number} suppression_radius_px
 * @property {number} expected_particles
 * @property {boolean} expected_guessed
 * @property {"pi" | "expected" | "complete" | "guess"} prior_from
 * @property {number} pi
 * @property {number} observed_fraction
 * @property {number} labels
 * @property {number} labeled_micrographs
 *
 * @typedef {object} Project
 * @property {string} name
 * @property {string} version
 * @property {string} instance
 * @property {boolean} looks_only by the link for looking
 * @property {number} revision
 * @property {ProjectSettings} settings
 * @property {number | null} header_pixel_size_angstrom
 * @property {number | null} pixel_size_angstrom
 * @property {Derived | null} derived
 * @property {{count: number, particles: number | null, spacing_angstrom: number | null,
 *   training_spacing_angstrom: number | null}} filaments
 * @property {ApiError | null} derived_error
 * @property {number} micrographs
 * @property {{path: string, error: ApiError}[]} refused
 * @property {Job | null} job
 *
 * @typedef {object} Micrograph
 * @property {number} id
 * @property {string} name
 * @property {string} path
 * @property {number} width px
 * @property {number} height px
 * @property {number | null} pixel_size_angstrom
 * @property {string} revision
 * @property {number} labels
 * @property {number} negatives
 * @property {number} filaments
 * @property {number} exclusions
 * @property {boolean} complete every particle on it is labeled
 * @property {boolean} empty there is no particle on it, said while it has no label
 * @property {boolean} looked_at by somebody, for a moment at least
 * @property {{job: string, kind: JobKind, count: number, mean_score: number | null, final: boolean} | null} picks
 * @property {{defocus_angstrom: number, resolution_angstrom: number | null} | null} [ctf] as an imported file says
 * @property {boolean} missing
 * @property {string[]} warnings
 *
 * @typedef {object} Layer
 * @property {string} revision
 * @property {number} width px of level 0 of this layer
 * @property {number} height
 * @property {number} levels
 * @property {number} scale_x full-size px per layer px
 * @property {number} scale_y
 * @property {number} origin_x full-size px of the layer's left edge
 * @property {number} origin_y
 * @property {number} low density of grey 0
 * @property {number} high density of grey 255
 * @property {number[]} histogram 256 counts
 * @property {number} auto_low grey
 * @property {number} auto_high grey
 * @property {string} [name] as the server calls it, where that is not its name here
 * @property {boolean} [preview] stands for a layer that the server is still making
 * @property {boolean} [failed] the server could not
 *
 * @typedef {object} View
 * @property {number} id
 * @property {number} width
 * @property {number} height
 * @property {number} tile_size
 * @property {Record<string, Layer>} layers
 *
 * @typedef {"positive" | "negative"} Sign
 *
 * @typedef {object} Label
 * @property {string} id
 * @property {number} x full-size px
 * @property {number} y full-size px
 * @property {Sign} label
 * @property {string} source click, pick or import
 *
 * @typedef {[number, number]} Corner x and y, full-size px
 *
 * @typedef {object} Exclusion a region without picks
 * @property {string} id
 * @property {Corner[]} outline
 *
 * @typedef {[Corner, Corner]} Ends start and end
 *
 * @typedef {object} Filament
 * @property {string} id
 * @property {Ends} ends
 * @property {string} source click or import
 *
 * @typedef {Label | Filament | Exclusion} Annotation all share one space of ids
 *
 * @typedef {{revision: number, labels: Label[], filaments: Filament[], exclusions: Exclusion[]}} Annotations
 *
 * @typedef {object} Operation
 * @property {string} op_id
 * @property {"add" | "move" | "remove"} kind
 * @property {string} pick_id
 * @property {number} [x]
 * @property {number} [y]
 * @property {Sign} [label]
 * @property {string} [source]
 * @property {Corner[]} [outline] of an exclusion, with "add"
 * @property {Ends} [ends] of a filament, with "add" and "move"
 *
 * @typedef {object} Picks columns, sorted by falling score
 * @property {string} job
 * @property {JobKind} kind of that job: of a suggestion they are guesses of no trained model
 * @property {boolean} final
 * @property {number} step
 * @property {Float64Array} x full-size px
 * @property {Float64Array} y full-size px
 * @property {Float64Array} score
 *
 * @typedef {"train" | "pick" | "suggest"} JobKind
 *
 * @typedef {object} KeptModel
 * @property {string} id
 * @property {string} name
 * @property {number} created Unix seconds
 * @property {string} classifier
 * @property {number | null} diameter_angstrom
 * @property {number | null} pixel_size_angstrom of the micrographs that it was trained on
 * @property {number | null} labels
 * @property {import('./heldout.js').HeldOut | null} held_out
 * @property {number} bytes
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {JobKind} kind
 * @property {string | null} model the name of the kept model that it picks with
 * @property {boolean} resumable
 * @property {"running" | "done" | "failed" | "cancelled" | "interrupted"} state
 * @property {number} created Unix seconds
 * @property {number} labels
 * @property {number} labeled_micrographs
 * @property {number} last_seq
 * @property {"starting" | "preparing" | "training" | "paused" | "picking" | "finished"} phase
 * @property {Record<string, any> | null} progress
 * @property {Record<string, any>} settings
 * @property {ApiError | null} error
 *
 * @typedef {{job?: string, seq: number, event: string, time?: number} & Record<string, any>} JobEvent
 *
 * @typedef {{x: number, y: number}} Point
 *
 * The page's own state:
 *
 * @typedef {object} PickSet the picks of one micrograph and what follows from them and the labels
 * @property {Picks} picks
 * @property {Uint8Array} classes shown, removed, covered or excluded (picks.js)
 * @property {Float64Array} scores of those that count, falling
 * @property {Float64Array} uncovered of those that no label covers, falling
 *
 * @typedef {{kind: "label", micrograph: number, id: string}} LabelTarget
 * @typedef {{kind: "pick", micrograph: number, x: number, y: number, score: number}} PickTarget
 * @typedef {{kind: "exclusion", micrograph: number, id: string}} ExclusionTarget
 * @typedef {{kind: "filament", micrograph: number, id: string}} FilamentTarget
 * @typedef {LabelTarget | PickTarget | FilamentTarget} Member
 * @typedef {{kind: "group", micrograph: number, members: Member[]}} GroupTarget
 * @typedef {Member | ExclusionTarget | GroupTarget} Target
 * @typedef {{id: string, x: number, y: number} | {id: string, ends: Ends} | {diameter: number}} Drag what a hand is changing just now
 *
 * @typedef {object} Sketch an outline that a hand has not finished
 * @property {"exclude" | "select" | "filament"} use
 * @property {Point[]} corners micrograph px
 * @property {boolean} freehand drawn in one go
 * @property {Point | null} to where the next corner would be
 * @typedef {object} Brush
 * @property {number} radius CSS px
 * @property {Point | null} at micrograph px
 * @property {Point[]} path of the stroke under way, micrograph px
 * @property {Member[]} touched by it, when it erases
 *
 * @typedef {"add" | "pan" | "box" | "lasso" | "erase" | "filament" | "exclude" | "paint"} Mode
 * @typedef {{text: string, kind: "info" | "error", action?: {text: string, run: () => void}}} Message
 *
 * @typedef {object} State
 * @property {Project | null} project
 * @property {Micrograph[]} micrographs
 * @property {number | null} current id of the open micrograph
 * @property {View | null} view of the open micrograph
 * @property {string} layer that was asked for, one of layers.js; of two panes the left one's
 * @property {string | null} second the right pane's; null while there is one pane
 * @property {string | null} other the layer that was shown before
 * @property {boolean} blinking to and fro between the two
 * @property {import('./filter.js').Filter} filter of the layer "filtered"
 * @property {import('./viewport.js').Viewport | null} viewport of each pane
 * @property {Record<string, import('./contrast.js').Contrast>} contrast by layer
 * @property {Map<number, Map<string, Label>>} labels by micrograph, changed in place
 * @property {Map<number, Map<string, Filament>>} filaments by micrograph, changed in place
 * @property {Map<number, Map<string, Exclusion>>} exclusions by micrograph, changed in place
 * @property {Map<number, PickSet>} picks by micrograph, changed in place
 * @property {number} threshold
 * @property {import('./job.js').Run | null} run
 * @property {KeptModel[]} models the library, newest first
 * @property {import('./snapshots.js').Snapshot[] | null} snapshots newest first; null until somebody wants to see them
 * @property {Mode} mode
 * @property {Target | null} hover
 * @property {Target | null} selected
 * @property {Drag | null} drag
 * @property {{target: Target, share: number} | null} holding what a long press is about to remove, share of the wait
 * @property {Sketch | null} sketch
 * @property {Brush} brush
 * @property {Point | null} cursor micrograph px
 * @property {boolean} crosshair the keyboard aims with the middle of the view
 * @property {import('./marks.js').Mark} marks how labels and picks are drawn
 * @property {boolean} hidden labels and picks are hidden for a moment
 * @property {{status: import('./outbox.js').Status, size: number, persistent: boolean, refusal: number | null}} saving `refusal` is
 *   the status of the answer by which something is kept and not sent
 * @property {boolean} online
 * @property {import('./line.js').Line} line
 * @property {import('./people.js').Person[]} people all who have the project open, this page among them
 * @property {{client: string, name: string, isGuest: boolean}} me this page, and what the person at it is called
 * @property {string} tab
 * @property {Message | null} message
 * @property {number} tiles counts the tiles that have come, so that a new one redraws
 */
export {};
